import session from 'express-session';

/** @import { Request, RequestHandler, Response } from 'express' */
/** @import { SessionOptions } from 'express-session' */

/** One of the names that are taken for a session's by default: visitors who send it get stored pages, and never make one. */
export const SESSION_COOKIE = 'blog.sid';
/** Of an answer for one visitor. */
export const PRIVATE = 'private, no-store';
const MAX_AGE_MS = 8 * 60 * 60 * 1000;

/**
 * Sessions for those who sign in. Nobody else gets one: nothing is saved that was not written to.
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
 * nothing any more is taken back.
 *
 * @param {import('./tokens.js').Tokens} tokens
 * @returns {RequestHandler}
 */
export function recognizeVisitor(tokens) {
  return (request, response, next) => {
    const { user } = request.session;
    if (user !== undefined) {
      response.set('Cache-Control', PRIVATE);
    } else if (request.method === 'GET' && request.headers.cookie?.includes(`${SESSION_COOKIE}=`)) {
      response.clearCookie(SESSION_COOKIE);
    }
    const token = () => tokenOf(tokens, request, response);
    response.locals.visitor = { user, token, takeFlash: () => takeFlash(request) };
    next();
  };
}

/**
 * Made when a form is rendered for a visitor, and not before: it may set a cookie.
 *
 * @param {import('./tokens.js').Tokens} tokens
 * @param {Request} request
 * @param {Response} response
 */
function tokenOf(tokens, request, response) {
  response.set('Cache-Control', PRIVATE);
  return tokens.of(request, response);
}

/** @param {Request} request */
function takeFlash({ session }) {
  const { flash } = session;
  delete session.flash;
  return flash;
}
