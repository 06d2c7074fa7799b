import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** @import { NextFunction, Request, Response } from 'express' */

/**
 * Sets the same headers on every response. A nonce differs each time, so it could not be stored with a page. This site
 * needs no nonce, because it has no inline script or style. The server that ends TLS in front of it must enforce HTTPS.
 */
export const protect = helmet({
  contentSecurityPolicy: {
    directives: {
      upgradeInsecureRequests: null,
      styleSrc: ["'self'"],
      // Scripts may insert HTML into a page in one place only: for islands.
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ['staticgenerator-islands'],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'same-origin' }, // without one, browsers send `Origin: null` even to the same site
});

/** The headers that helmet sets, read from helmet itself, so that the two cannot differ. */
export const securityHeaders = headersSetBy(protect);

/** An error whose response says why the request is refused. */
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
 * Refuses forms that were sent from other sites: browsers send the origin of a POST. A client that sends no origin is
 * no browser, so it has no cookies that could be abused. The second protection is in tokens.js.
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
 * Sends visitors who have not signed in to the login page.
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
