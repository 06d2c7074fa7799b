import { messageOf } from '../../errors.js';
import { PurgeRefusedError } from './service.js';

/** The answer of a service that refused a call. */
export interface Refused {
  readonly status: number;
  readonly text: string;
}

export interface ServiceCall {
  /** The name of the service, for people. */
  readonly service: string;
  readonly url: string;
  readonly init: RequestInit;
  /** Where the credentials come from, for error messages. */
  readonly credentials: string;
  /** Whether a refusal means "try later". The statuses 429 and 503 always do. */
  readonly isForLater?: (refused: Refused) => boolean;
}

/** The pause before the next call if the service does not ask for one. */
const LATER_MS = 5_000;
/** Characters of an answer that are shown. */
const MAX_SHOWN = 200;

/**
 * Calls a service, and returns the text of its answer. Rejects with a {@link PurgeRefusedError}
 * unless the status is 2xx.
 */
export async function callService(call: ServiceCall): Promise<string> {
  const { service, url, init } = call;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? ` (${messageOf(error.cause)})` : '';
    const message = `${service}: no response from ${new URL(url).origin}: ${messageOf(error)}${cause}`;
    throw new PurgeRefusedError(message, { cause: error });
  }
  const text = await response.text();
  if (response.ok) return text;
  throw refusalOf(call, response, text);
}

function refusalOf(call: ServiceCall, response: Response, text: string): PurgeRefusedError {
  const { service, credentials, isForLater } = call;
  const { status, headers } = response;
  const message = `${service} answered ${status}: ${text.trim().slice(0, MAX_SHOWN) || response.statusText}`;
  const isLater = status === 429 || status === 503 || isForLater?.({ status, text }) === true;
  if (isLater) return new PurgeRefusedError(message, { retryAfterMs: retryAfter(headers) ?? LATER_MS });
  const remedy =
    status === 401 || status === 403
      ? `check ${credentials}: it was refused, or may not purge`
      : 'check the options of `cdn`';
  return new PurgeRefusedError(message, { remedy });
}

/**
 * Reads seconds or a date (RFC 9110 §10.2.3), in milliseconds; `undefined` if the header is missing or not readable.
 */
export function retryAfter(headers: Pick<Headers, 'get'>, now = Date.now()): number | undefined {
  const said = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(said)) return Number(said) * 1000;
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
