import type { IncomingMessage } from 'node:http';
import type { SyntheticRequest } from '../publish/render/render.js';

/** Headers that say nothing of the visitor: of the connection, the body, a copy in the browser, and our own. */
const OWN = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'content-type', 'expect', 'host', 'http2-settings'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'range'],
  ...['accept', 'accept-encoding', 'cookie', 'x-islands'],
]);

/** Returns the request for one island: what the visitor would ask for, with what is known of the visitor. */
export function islandRequest(
  request: IncomingMessage,
  path: string,
  cookie: string | undefined,
): SyntheticRequest {
  const { socket } = request;
  const own = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || OWN.has(name) || name.startsWith(':') ? [] : [[name, String(value)] as const],
  );
  return {
    path,
    host: request.headers.host ?? String(request.headers[':authority'] ?? 'localhost'),
    headers: {
      ...Object.fromEntries(own),
      accept: 'text/html, text/plain;q=0.9',
      'accept-encoding': 'identity',
      ...(cookie !== undefined && { cookie }),
    },
    peer: {
      remoteAddress: socket.remoteAddress,
      remoteFamily: socket.remoteFamily,
      remotePort: socket.remotePort,
      encrypted: 'encrypted' in socket && socket.encrypted === true,
    },
  };
}
