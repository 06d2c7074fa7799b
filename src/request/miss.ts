import type { Lease, Ledger } from '../ledger/ledger.js';
import { type Refusal, refuse } from '../page/reasons.js';
import type { PageRequest } from '../page/request/gate.js';
import { decideResponse, type ResponseRuleOptions } from '../page/response/rules.js';
import { missStatus, setCacheStatus } from './cache-status.js';
import type { NginxWatch } from './nginx-watch.js';
import type { RenderOrder } from './order.js';
import type { PageWriter } from './page-writer.js';
import { newContext, type RenderContexts } from './render-context.js';
import { captureResponse } from './response/capture.js';
import type { Visit } from './visit.js';

export interface MissParts {
  readonly ledger: Pick<Ledger, 'lease'>;
  readonly writer: PageWriter;
  readonly contexts: RenderContexts;
  readonly nginx: NginxWatch;
  readonly rules: ResponseRuleOptions;
  readonly maxBodyBytes: number;
}

/** Has pages rendered by the app, and hands the writer what passes. */
export class Misses {
  readonly #parts: MissParts;

  constructor(parts: MissParts) {
    this.#parts = parts;
  }

  /** The lease is taken before any code of the application runs. `order` is told of the render before that, too. */
  render({ response, next }: Visit, decision: PageRequest, order: RenderOrder): void {
    const { writer, contexts, nginx, rules, maxBodyBytes } = this.#parts;
    const lease = this.#takeLease(decision);
    if ('refusal' in lease) {
      order(Promise.resolve(lease));
      setCacheStatus(response, missStatus(lease.refusal.reason));
      next();
      return;
    }
    const context = newContext();
    const captured = captureResponse(response, {
      maxBodyBytes,
      decide: (head) =>
        context.refusal === undefined
          ? decideResponse(decision.page, head, rules)
          : { refusal: context.refusal },
    });
    const startedAt = performance.now();
    const nginxOutdated = nginx.isOutdated();
    order(writer.finish({ request: decision, lease, context, startedAt, nginxOutdated }, captured));
    contexts.run(context, next);
  }

  /** The right to store the page, or why there is none. A ledger that cannot be read does no other harm. */
  #takeLease(decision: PageRequest): Lease | { readonly refusal: Refusal } {
    const { writer, ledger } = this.#parts;
    if (decision.captureRefusal !== undefined)
      return writer.refused(decision, refuse(decision.captureRefusal));
    if (writer.isResting(decision)) return { refusal: refuse('fault', 'a fault came before') };
    try {
      return ledger.lease();
    } catch (error) {
      return writer.fault(decision, error);
    }
  }
}
