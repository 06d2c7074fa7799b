import type { Expiry } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import { RecurringWork } from './recurring-work.js';
import { Remover, type RemoverParts } from './remover.js';

/** Other processes store pages too, so the time of the next expiry is read at least this often. */
const MAX_WAIT_MS = 1_000;

export interface ExpirerParts {
  readonly ledger: Expiry;
  readonly store: RemoverParts['store'];
  readonly logger: Logger;
  readonly onFault: (error: unknown) => void;
  readonly onExpired?: (pages: number) => void;
}

/**
 * Removes pages whose response allowed them a limited time. Every process has the timer, and the ledger's lock lets one
 * of them do the work. A restart changes nothing, because the times are in the ledger.
 */
export class Expirer {
  readonly #parts: ExpirerParts;
  readonly #work = new RecurringWork(() => this.#run());

  constructor(parts: ExpirerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#work.start();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
  }

  /** Removes expired pages. Returns when to look again: in how many milliseconds. */
  async #run(): Promise<number> {
    try {
      await this.#removeExpired();
      const next = this.#parts.ledger.nextExpiry() ?? Number.POSITIVE_INFINITY;
      return Math.max(0, Math.min(MAX_WAIT_MS, next - Date.now()));
    } catch (error) {
      this.#parts.onFault(error);
      return MAX_WAIT_MS;
    }
  }

  async #removeExpired(): Promise<void> {
    const { ledger, store, logger } = this.#parts;
    const next = ledger.nextExpiry();
    if (next === undefined || next > Date.now()) return;
    const remover = new Remover({ store, hosts: [] });
    const expired = await ledger.expire(Date.now(), remover);
    this.#parts.onExpired?.(expired.length);
    if (expired.length > 0) logger.info({ pages: expired.length }, 'pages expired');
    remover.throwFailures();
  }
}
