import type { ServerResponse } from 'node:http';
import type { Html } from './html/html.js';

/** The page loads nothing from other origins, has no inline scripts or styles, and cannot be framed. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. With the Referrer-Policy no-referrer, browsers would not send the Origin of forms. */
const always = {
  'cache-control': 'no-store, no-transform',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
} as const;

export interface AnswerHead {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function setHead(response: ServerResponse, { status = 200, headers = {} }: AnswerHead): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries({ ...always, ...headers })) response.setHeader(name, value);
}

export function sendHtml(response: ServerResponse, page: Html, head: AnswerHead = {}): void {
  const headers = { 'content-type': 'text/html; charset=utf-8', ...head.headers };
  sendBytes(response, Buffer.from(page.text), { ...head, headers });
}

export function sendBytes(response: ServerResponse, body: Buffer, head: AnswerHead): void {
  setHead(response, head);
  response.setHeader('content-length', body.length);
  response.end(body);
}
