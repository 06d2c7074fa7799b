import { randomBytes, timingSafeEqual } from 'node:crypto';
import { doubleCsrf } from 'csrf-csrf';
import { Refusal } from './security.js';

/** @import { NextFunction, Request, Response } from 'express' */
/** @typedef {ReturnType<typeof openTokens>} Tokens */

const isSecure = process.env.BLOG_URL?.startsWith('https:') ?? false;

/**
 * The cookie that visitors who have not signed in get with a form, and nowhere else. With the prefix, no other host can
 * set it.
 */
export const FORM_COOKIE = isSecure ? '__Host-blog.form' : 'blog.form';

/**
 * Manages the tokens that forms repeat, so that no other site can send them. Visitors who have signed in have one in
 * their session. All others have one in a cookie, which the form repeats (a double submit), so that a comment needs no
 * session.
 *
 * @param {string} secret signs the cookies
 */
export function openTokens(secret) {
  const anonymous = doubleCsrf({
    getSecret: () => secret,
    getSessionIdentifier: () => 'nobody',
    getCsrfTokenFromRequest: tokenIn,
    cookieName: FORM_COOKIE,
    cookieOptions: { secure: isSecure },
  });

  /** @param {Request} request */
  function isRight(request) {
    const { token } = request.session;
    return token === undefined ? anonymous.validateRequest(request) : isSame(token, tokenIn(request));
  }

  return {
    isRight,

    /**
     * Returns the token of a visitor. This may set a cookie.
     *
     * @param {Request} request
     * @param {Response} response
     */
    of(request, response) {
      const isOdd = typeof request.cookies[FORM_COOKIE] !== 'string'; // none, or parsed as JSON by cookie-parser
      return request.session.token ?? anonymous.generateCsrfToken(request, response, { overwrite: isOdd });
    },

    /**
     * Refuses a form without the right token. It is for forms that only users who have signed in may send.
     *
     * @param {Request} request
     * @param {Response} _response
     * @param {NextFunction} next
     */
    require(request, _response, next) {
      const refusal = 'This form is out of date. Go back, reload and send it again.';
      next(isRight(request) ? undefined : new Refusal(403, refusal));
    },
  };
}

/** Returns a token for a new session. */
export function newToken() {
  return randomBytes(32).toString('base64url');
}

/** @param {Request} request */
function tokenIn({ body }) {
  return String(body?._csrf ?? '');
}

/**
 * @param {string} expected
 * @param {string} given
 */
function isSame(expected, given) {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
