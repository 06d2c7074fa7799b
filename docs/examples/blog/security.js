import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** @import { NextFunction, Request, Response } from 'express' */

/**
 * The same headers on every answer: a nonce, which is another each time, could not be kept with a page. This site
 * needs none, for it has no inline script or style. HTTPS is for whoever ends TLS in front of it to insist on.
 */
export const protect = helmet({
  contentSecurityPolicy: {
    directives: {
      upgradeInsecureRequests: null,
      styleSrc: ["'self'"],
      // Scripts may put HTML into a page in one place only: where islands are shown.
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ['staticgenerator-islands'],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'same-origin' }, // without a referrer browsers do not tell their own site's forms apart
});

/** Asked of helmet itself, so that the two cannot differ. */
export const securityHeaders = headersSetBy(protect);

/** An answer that says why it refuses. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Refuses forms that were sent from other sites: browsers say where a POST comes from. Where nothing is said it is no
 * browser, and there is no cookie that could be abused. The other lock is in tokens.js.
 *
 * @param {Request} request
 * @param {Response} _response
 * @param {NextFunction} next
 */
export function refuseForeignForms(request, _response, next) {
  const origin = request.get('origin');
  const isForeign = origin !== undefined && hostOf(origin) !== request.get('host');
  next(
    request.method === 'POST' && isForeign
      ? new Refusal(403, 'This form was sent from another site.')
      : undefined,
  );
}

/**
 * For what only those who have signed in may do.
 *
 * @param {Request} request
 * @param {Response} response
 * @param {NextFunction} next
 */
export function requireUser(request, response, next) {
  if (request.session.user === undefined) return response.redirect(303, '/login');
  next();
}

/** @param {string} origin */
function hostOf(origin) {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** @param {(request: IncomingMessage, response: ServerResponse, next: () => void) => void} middleware */
function headersSetBy(middleware) {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  middleware(request, response, () => undefined);
  return Object.fromEntries(
    response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]),
  );
}
