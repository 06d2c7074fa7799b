import session from 'express-session';

/** @import { Request, RequestHandler, Response } from 'express' */
/** @import { SessionOptions } from 'express-session' */

/** One of the default names of session cookies: requests with it get stored pages, but create none. */
export const SESSION_COOKIE = 'blog.sid';
/** The `Cache-Control` of a response for one visitor. */
export const PRIVATE = 'private, no-store';
const MAX_AGE_MS = 8 * 60 * 60 * 1000;

/**
 * Returns the middleware of sessions for users who sign in. Other visitors get none, because an unchanged session is
 * not saved.
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
 * Makes the visitor known to the views. Responses for a user who has signed in must not be cached. Deletes a session
 * cookie that is no longer valid.
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
 * Returns the visitor's token. Called only when a form is rendered, because this may set a cookie.
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
