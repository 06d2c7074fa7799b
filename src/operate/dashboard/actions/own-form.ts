import type { IncomingMessage } from 'node:http';
import { isPlainObject } from '../../../option-reader.js';
import { type BodyLimits, readBytes } from '../../api/body.js';
import { NotDone } from '../problem-page.js';
import type { FormTokens } from './tokens.js';

const LIMITS: BodyLimits = { bytes: 512 * 1024, milliseconds: 10_000 };
const REMEDY = 'Open the dashboard and send the form from there. Programs use the HTTP API.';

/** Reads the fields of a form that one of our own pages has sent. Throws {@link NotDone} for any other form. */
export async function readOwnForm(request: IncomingMessage, tokens: FormTokens): Promise<URLSearchParams> {
  if (!isSameOrigin(request)) throw forged('The form was sent from another site.');
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw new NotDone(415, 'Expected a form.', { remedy: REMEDY });
  const form = await readForm(request);
  if (!(await tokens.isValid(form.get('token') ?? '', request)))
    throw forged('The form is not from this dashboard, or was opened too long ago.');
  return form;
}

function forged(message: string): NotDone {
  return new NotDone(403, message, { remedy: REMEDY });
}

/**
 * Whether a request comes from our own page. Browsers report this in Sec-Fetch-Site, which no page can change. Older
 * browsers, and all browsers over plain HTTP, do not send it; then the Origin must be the requested host. A request
 * with neither header is refused.
 */
function isSameOrigin({ headers }: IncomingMessage): boolean {
  const { 'sec-fetch-site': site, origin, host } = headers;
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Reads a form, even if `express.urlencoded()` or similar middleware has read it before. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const parsed: unknown = Reflect.get(request, 'body');
  if (!request.readableEnded) return new URLSearchParams((await readBytes(request, LIMITS)).toString());
  const form = new URLSearchParams();
  if (typeof parsed === 'string') return new URLSearchParams(parsed);
  if (!isPlainObject(parsed)) return form;
  for (const [name, value] of Object.entries(parsed))
    for (const one of Array.isArray(value) ? value : [value])
      if (typeof one === 'string') form.append(name, one);
  return form;
}
