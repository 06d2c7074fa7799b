import session from 'express-session';

/** @import { NextFunction, Request, RequestHandler, Response } from 'express' */
/** @import { SessionOptions } from 'express-session' */

/** One of those names that are taken for a session by default: requests that have it bypass the pages. */
export const SESSION_COOKIE = 'blog.sid';
const MAX_AGE_MS = 8 * 60 * 60 * 1000;

/**
 * Sessions for those who sign in. Nobody else gets a cookie: nothing is saved that was not written to.
 *
 * @param {Pick<SessionOptions, 'store' | 'secret'>} settings
 * @returns {RequestHandler}
 */
export function sessions(settings) {
  return session({
    ...settings,
    name: SESSION_COOKIE,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: MAX_AGE_MS },
  });
}

/**
 * Tells the views who is looking. What they render for somebody is for nobody's cache, and a cookie that means
 * nothing any more is taken back, so that its visitor gets pages again.
 *
 * @param {Request} request
 * @param {Response} response
 * @param {NextFunction} next
 */
export function recognizeVisitor(request, response, next) {
  const { user, token } = request.session;
  if (user !== undefined) {
    response.set('Cache-Control', 'private, no-store');
    response.locals.visitor = { user, token, takeFlash: () => takeFlash(request) };
  } else if (request.method === 'GET' && request.headers.cookie?.includes(`${SESSION_COOKIE}=`)) {
    response.clearCookie(SESSION_COOKIE);
  }
  next();
}

/** @param {Request} request */
function takeFlash({ session }) {
  const { flash } = session;
  delete session.flash;
  return flash;
}
