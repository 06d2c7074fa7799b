import type { NumberedSelectors, SharedLog, Standing } from '../ledger/ledger.js';
import type { FaultLog, Logger } from '../log.js';
import type { Bus, BusState } from './bus.js';
import { readEntry } from './entry.js';
import { TermLog } from './overview/term-log.js';
import type { Register } from './register.js';
import { Signal } from './signal.js';
import type { Term } from './term.js';

/** How often a term is renewed while it lasts. */
const RENEWALS_PER_TERM = 5;
const RETRY_MS = 500;
/** Entries that are read at once. */
const READ_AT_ONCE = 500;

export interface ReceiverParts {
  readonly bus: Bus;
  readonly ledger: SharedLog;
  readonly register: Register;
  readonly term: Term;
  readonly termMilliseconds: number;
  /** The name of this machine. */
  readonly name: string;
  /** Deletes what other hosts have made out of date. */
  readonly carryOut: (received: NumberedSelectors) => Promise<void>;
  readonly faults: FaultLog;
  readonly logger: Logger;
}

/** The position that this process must see carried out, and since when. */
interface Goal {
  readonly last: number;
  readonly since: number;
}

/**
 * Reads what other hosts have made out of date, carries it out, and reports how far the host is, which renews the term.
 * Every process of a host does so; the ledger prevents two processes from doing the same work.
 */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #news = new Signal();
  readonly #termLog: TermLog;
  /** The position that the host must reach before this process serves again, after it has had no term. */
  #servesFrom: number | undefined;
  #behind: Goal | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#termLog = new TermLog(parts.logger);
  }

  start(): void {
    this.#parts.bus.listen(() => this.#news.give());
    this.#running = this.#run();
  }

  /** Resolves when the current work has ended. With a bus that hangs, this takes until its timeout. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#news.give();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { faults, termMilliseconds } = this.#parts;
    while (!this.#stopped) {
      let pause = termMilliseconds / RENEWALS_PER_TERM;
      try {
        await this.#keepUp();
        faults.recovered();
      } catch (error) {
        pause = Math.min(RETRY_MS, pause);
        if (!this.#stopped)
          faults.report(
            'cluster',
            error,
            {},
            'this host cannot keep up with the others; it stops serving pages when its term ends',
          );
        this.#tellOfTerm();
      }
      await this.#news.wait(pause);
    }
  }

  /** Reads and reports until there is nothing more to read. */
  async #keepUp(): Promise<void> {
    const { bus, ledger, register, name } = this.#parts;
    for (;;) {
      await this.#read();
      const standing = ledger.standing();
      this.#assertKeepsUp(standing.applied);
      const sentAt = performance.now();
      const { host, epoch = '', applied } = standing;
      const state = await bus.tell({ host, name, epoch, cursor: applied });
      await register.saw(state);
      if (state.epoch === standing.epoch) this.#renew(standing, state, sentAt);
      else await this.#enter(standing, state);
      if (this.#stopped || (state.epoch === standing.epoch && state.last <= standing.received)) return;
    }
  }

  async #read(): Promise<void> {
    const { bus, ledger, carryOut } = this.#parts;
    const { host, epoch, received } = ledger.standing();
    const read = await bus.read(received, READ_AT_ONCE);
    if (epoch !== undefined && read.epoch === epoch) {
      const [first] = read.entries;
      const isCut = read.last < received || (read.last > received && first?.position !== received + 1);
      if (isCut) await this.#begin(read, 'the log of the hosts has been truncated');
      await ledger.receive(
        epoch,
        read.entries.map(({ position, text }) => {
          const { from, selector } = readEntry(text);
          return { position, selector: from === host ? undefined : selector };
        }),
      );
    }
    const awaiting = ledger.awaiting();
    if (awaiting.selectors.length === 0) return;
    await carryOut(awaiting);
    await ledger.carriedOut(awaiting.entries);
  }

  /**
   * Enters another epoch: the engine may have lost entries. A host that has served without interruption has
   * carried out everything that any caller was told is done, and continues with the rest of the log. Any
   * other host deletes all pages.
   */
  async #enter(standing: Standing, state: BusState): Promise<void> {
    const { ledger, term } = this.#parts;
    const { epoch } = standing;
    // These are positions of the previous epoch.
    this.#servesFrom = undefined;
    this.#behind = undefined;
    if (epoch !== undefined && epoch === state.previous && term.holds())
      await ledger.follow(state.epoch, { epoch, base: state.base });
    else
      await this.#begin(
        state,
        epoch === undefined ? 'this host is new' : 'the log of the hosts was replaced',
      );
  }

  async #begin({ epoch, last }: Pick<BusState, 'epoch' | 'last'>, why: string): Promise<void> {
    const { ledger, logger } = this.#parts;
    logger.warn({ why, epoch, position: last }, 'pages may be stale, so all are deleted');
    await ledger.begin({ epoch, position: last });
  }

  /**
   * Renews the term: the bus has recorded how far the host is. From now on others wait for this host; but first it must
   * carry out the entries for which they have stopped waiting.
   */
  #renew({ host, applied }: Standing, state: BusState, sentAt: number): void {
    const { term } = this.#parts;
    this.#tellOfTerm();
    if (!term.holds()) this.#servesFrom ??= state.last;
    const servesFrom = Math.max(this.#servesFrom ?? 0, state.hosts.get(host)?.servesFrom ?? state.last);
    if (applied >= servesFrom) {
      term.extend(sentAt);
      this.#servesFrom = undefined;
      this.#tellOfTerm();
    }
    if (applied < state.last) this.#behind ??= { last: state.last, since: performance.now() };
  }

  /**
   * Logs changes of the term. Must also be called before the term is extended: a process that stood
   * still has not seen it end.
   */
  #tellOfTerm(): void {
    if (this.#stopped) return;
    const { host, epoch, applied } = this.#parts.ledger.standing();
    this.#termLog.saw(this.#parts.term.holds(), { host, epoch, position: applied });
  }

  /** Throws if the host has been behind for a term: others wait for a host that reports, and must not wait forever. */
  #assertKeepsUp(applied: number): void {
    if (this.#behind !== undefined && applied >= this.#behind.last) this.#behind = undefined;
    if (this.#behind === undefined) return;
    if (performance.now() - this.#behind.since < this.#parts.termMilliseconds) return;
    throw new Error('Deletions of other hosts have not been carried out for a whole term');
  }
}
