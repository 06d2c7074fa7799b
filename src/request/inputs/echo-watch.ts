import type { Logger } from '../../log.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { type SentRequest, sentValues } from '../../page/request/sent-values.js';
import { findEcho } from '../../page/response/echoes.js';
import type { HeaderLine } from '../../page/response/headers.js';
import { OncePerName } from './advice.js';

const ADVICE =
  "pages are not stored when the response contains a value of this request header (`address`: the address of the visitor); leave it out of the response, or write the rule in `urls` as `{ match, as: 'nobody' }`, so that the app does not see it";

/** More values than any browser and its proxies send: looking for all of them would take long. */
const MAX_VALUES = 64;

/** Refuses pages that repeat what their visitor has sent, and logs once for each header what to do. */
export class EchoWatch {
  readonly #advice: OncePerName;

  constructor(logger: Logger) {
    this.#advice = new OncePerName(logger, ADVICE);
  }

  /** Returns why a response cannot be for everybody. `body` has no content coding. */
  refuse(sent: SentRequest, body: Buffer, headers: readonly HeaderLine[]): Refusal | undefined {
    const values = sentValues(sent);
    if (values.length > MAX_VALUES) return refuse('echoes-request', `more than ${MAX_VALUES} values`);
    const echo = findEcho(body, values) ?? findEcho(bytesOf(headers), values);
    if (echo === undefined) return undefined;
    this.#advice.give(echo.name, sent.path);
    return refuse('echoes-request', echo.name);
  }
}

function bytesOf(headers: readonly HeaderLine[]): Buffer {
  return Buffer.from(headers.flatMap(([, value]) => value).join('\n'));
}
