import type { RequestListener } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Middleware } from '../../request/middleware.js';
import { assertListener } from './attached-app.js';

/** A listener for HTTP/2 by Node's compatibility API, whose requests and responses are like those of `node:http`. */
export type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** A listener for the servers of `node:http`, `node:https` and `node:http2`. */
export type Handler = RequestListener & Http2Listener;

export interface MakeHandler {
  (app: RequestListener): Handler;
  (app: Http2Listener): Handler;
}

/** What gets requests before the app. */
export interface Before {
  readonly middleware: Middleware;
  readonly attach: (listener: RequestListener) => void;
}

/** Returns the app behind the middleware, and attaches it. Errors are thrown, as if Node had called the app. */
export function makeHandler(app: unknown, { middleware, attach }: Before): Handler {
  assertListener(app, 'handler');
  const handler: RequestListener = (request, response) =>
    middleware(request, response, (error) => {
      if (error !== undefined) throw error;
      app(request, response);
    });
  attach(handler);
  // Objects of HTTP/2 have what the middleware looks at, and the app gets the objects that its server makes.
  return handler as Handler;
}
