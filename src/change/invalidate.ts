import { systemErrorCode } from '../errors.js';
import type {
  Entries,
  InvalidationLog,
  NumberedSelectors,
  Purge,
  Removals,
  RemovedPage,
} from '../ledger/ledger.js';
import { isForAllHosts } from '../ledger/log.js';
import { purgesNamedBy } from '../ledger/purges.js';
import type { Logger } from '../log.js';
import type { Reason } from '../page/reasons.js';
import type { Selector } from '../page/selector.js';
import { causeOf, type DeletedNow, firstOf } from './deleted-now.js';
import { Remover, type RemoverParts } from './remover.js';

/** Nobody replaces a ledger more often than this during one deletion. */
const MAX_ATTEMPTS = 3;

/** A page that could not be rendered again, and why. */
export interface KeptPage {
  readonly path: string;
  readonly reason: Reason;
  readonly detail?: string;
}

/** What became of the pages that selectors name. */
export interface Deletion {
  /** The URL paths of the pages that were there and are gone. */
  readonly deleted: readonly string[];
  /** With `refresh: 'regenerate'`: the URL paths of the pages that were replaced by a new render. */
  readonly regenerated: readonly string[];
  /** With `refresh: 'regenerate'`: the pages whose render failed, and whose last good copy stays. */
  readonly kept: readonly KeptPage[];
}

/** What a call of quickDelete did. */
export interface DeleteReport extends Deletion {
  /** The paths among the targets that no page can have, in any spelling: there was nothing to delete. */
  readonly notPages: readonly string[];
}

/** Pages that are to be rendered again while their old files are served. */
export interface Regeneration {
  readonly pages: readonly RemovedPage[];
  /** To be called when each of them has been replaced, removed or kept on purpose. */
  readonly finish: () => Promise<void>;
}

/** What a CDN is to forget, after the other hosts of the site: nobody waits for it here. */
export type TellCdn = (purges: readonly Purge[]) => Promise<void>;

/** What has been appended, for the other hosts of the site. */
export type TellOthers = (entries: Entries, selectors: readonly Selector[]) => Promise<void>;

export interface InvalidatorParts extends RemoverParts {
  readonly ledger: InvalidationLog & Removals;
  /** Resolves when the ledger knows every page: one that it does not know is found by its path alone. */
  readonly removeStrays: () => Promise<void>;
  /** Whether a path may name pages with queries and variants, which only the ledger can list. */
  readonly hasPagesBeside: boolean;
  /** Tells the other hosts, and resolves when none of them serves what is out of date. Undefined: there are no others. */
  readonly tellOthers: TellOthers | undefined;
  /** Undefined: there is no CDN. */
  readonly tellCdn: TellCdn | undefined;
  readonly logger: Logger;
  /** Told how many pages were deleted, and by what. */
  readonly onDeleted?: (deleted: DeletedNow) => void;
}

/** The one road to delete: what every change of data ends in. */
export class Invalidator {
  readonly #parts: InvalidatorParts;
  /** Entries that this process is applying just now. */
  readonly #underWay = new Set<number>();
  #seenUnapplied: ReadonlySet<string> = new Set();

  constructor(parts: InvalidatorParts) {
    this.#parts = parts;
  }

  /**
   * Invalidates and deletes. When this resolves, the pages are gone, on every host, no older render can be stored, not even a power
   * cut takes that back, and what was intended is settled. Rejects with `ERR_DELETE_FAILED` if a file cannot be removed, after
   * everything else has been, and with `ERR_CLUSTER_UNREACHABLE` if other hosts could not be told yet.
   */
  async invalidate(selectors: readonly Selector[], intended?: readonly Entries[]): Promise<Deletion> {
    if (selectors.length === 0) return { deleted: [], regenerated: [], kept: [] };
    const startedAt = performance.now();
    const deleted = await untilNotReplaced(async () => {
      const { entries, removed } = await this.#append(selectors, intended);
      const onDisk = this.#flush();
      const others = this.#tellOthers(entries, selectors);
      removed.push(...(await this.#apply(entries)));
      await others;
      await onDisk;
      return removed;
    });
    await this.#removeStrays(selectors);
    await this.#tellCdn(deleted, selectors);
    const milliseconds = Math.round(performance.now() - startedAt);
    const named = firstOf(selectors);
    this.#parts.onDeleted?.({ cause: causeOf(selectors), named, pages: deleted.length });
    this.#parts.logger.info({ selectors: named, pages: deleted.length, ms: milliseconds }, 'pages deleted');
    return { deleted: deleted.map(({ path }) => path), regenerated: [], kept: [] };
  }

  /** Begins a regeneration: renders under way are void, and the work cannot be forgotten. The pages that it is about. */
  async beginRegeneration(
    selectors: readonly Selector[],
    intended?: readonly Entries[],
  ): Promise<Regeneration> {
    const { ledger } = this.#parts;
    return await untilNotReplaced(async () => {
      const entries = await ledger.append(selectors, 'regenerate', intended);
      const onDisk = this.#flush();
      const others = this.#tellOthers(entries, selectors);
      await this.#removeStrays(selectors);
      await onDisk;
      const finish = async () => {
        await ledger.markApplied(entries);
        await others;
        await this.#tellCdn(pages, []);
      };
      const pages = await ledger.matching(entries);
      return { pages, finish };
    });
  }

  /**
   * Voids renders of pages that are under way, and leaves the pages: those that are stored, which it gives. Other hosts, which
   * get no new ones by that, delete theirs; but for `warm`.
   */
  async voidRenders(
    selectors: readonly Selector[],
    purpose: 'void' | 'warm' = 'void',
  ): Promise<readonly RemovedPage[]> {
    const { ledger } = this.#parts;
    const entries = await ledger.append(selectors, purpose);
    if (isForAllHosts(purpose)) await this.#tellOthers(entries, selectors);
    return await ledger.matching(entries);
  }

  /** Deletes what is in the log already. Rejects as {@link invalidate} does. `message` is logged. */
  async carryOut(
    { entries, selectors }: NumberedSelectors,
    message = 'pages deleted for other hosts',
  ): Promise<void> {
    const deleted = await this.#apply(entries);
    const named = firstOf(selectors);
    this.#parts.onDeleted?.({ cause: 'carried-out', named, pages: deleted.length });
    await this.#removeStrays(selectors);
    await this.#tellCdn(deleted, selectors);
    this.#parts.logger.info({ selectors: named, pages: deleted.length }, message);
  }

  /** At a start: takes over what processes that died had begun to regenerate, and finishes all that was abandoned. */
  async takeOver(): Promise<void> {
    await this.#parts.ledger.claimRegenerating();
    await this.finishAbandoned();
  }

  /**
   * As {@link finishAbandoned}, for what was there already when this was called last: in a site without misses, nobody
   * else would finish it, and what another process does just now needs no help.
   */
  async finishLeftBehind(): Promise<void> {
    const before = this.#seenUnapplied;
    const { generation, sequences } = this.#parts.ledger.unapplied();
    const keys = sequences.map((sequence) => `${generation} ${sequence}`);
    this.#seenUnapplied = new Set(keys);
    if (keys.some((key) => before.has(key))) await this.finishAbandoned();
  }

  /** Finishes what a process that died has begun; helps one that is alive, which does no harm. */
  async finishAbandoned(): Promise<void> {
    const { generation, sequences: all } = this.#parts.ledger.unapplied();
    const sequences = all.filter((sequence) => !this.#underWay.has(sequence));
    if (sequences.length === 0) return;
    const deleted = await this.#apply({ generation, sequences });
    this.#parts.onDeleted?.({ cause: 'unfinished', named: [], pages: deleted.length });
    this.#parts.logger.info({ sequences, pages: deleted.length }, 'an unfinished deletion was completed');
  }

  async #removeStrays(selectors: readonly Selector[]): Promise<void> {
    const { hasPagesBeside, removeStrays } = this.#parts;
    if (selectors.some(({ kind }) => kind !== 'path' || hasPagesBeside)) await removeStrays();
  }

  async #tellCdn(pages: readonly RemovedPage[], selectors: readonly Selector[]): Promise<void> {
    const { tellCdn } = this.#parts;
    if (tellCdn === undefined) return;
    const gone = pages.map(({ host, path }): Purge => ({ kind: 'page', host, path }));
    await tellCdn([...gone, ...selectors.flatMap(purgesNamedBy)]);
  }

  /** A failure is for whoever waits; the ledger keeps what the others have not heard of. */
  #tellOthers(entries: Entries, selectors: readonly Selector[]): Promise<void> | undefined {
    const told = this.#parts.tellOthers?.(entries, selectors);
    told?.catch(() => undefined);
    return told;
  }

  /** Starts at once and runs beside what comes next. Its failure goes to the caller that awaits it. */
  #flush(): Promise<void> {
    const flushed = this.#parts.ledger.flush();
    flushed.catch(() => undefined);
    return flushed;
  }

  /** A log that cannot be written is tried once more when the pages have been removed: that makes room on a full disk. */
  async #append(
    selectors: readonly Selector[],
    intended?: readonly Entries[],
  ): Promise<{ readonly entries: Entries; readonly removed: RemovedPage[] }> {
    const { ledger } = this.#parts;
    try {
      return { entries: await ledger.append(selectors, 'delete', intended), removed: [] };
    } catch (error) {
      if (systemErrorCode(error) !== 'ERR_LEDGER_UNUSABLE') throw error;
      const remover = new Remover(this.#parts);
      const removed = await ledger.removeUnrecorded(selectors, remover);
      remover.throwFailures();
      return { entries: await ledger.append(selectors, 'delete', intended), removed: [...removed] };
    }
  }

  async #apply(entries: Entries): Promise<readonly RemovedPage[]> {
    const remover = new Remover(this.#parts);
    for (const sequence of entries.sequences) this.#underWay.add(sequence);
    try {
      const removed = await this.#parts.ledger.apply(entries, remover);
      remover.throwFailures();
      return removed;
    } finally {
      for (const sequence of entries.sequences) this.#underWay.delete(sequence);
    }
  }
}

/** A ledger that is replaced meanwhile takes the entries with it; they are appended to the new one. */
async function untilNotReplaced<T>(work: () => Promise<T>, attempts = MAX_ATTEMPTS): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_LEDGER_REPLACED' || attempts === 1) throw error;
    return await untilNotReplaced(work, attempts - 1);
  }
}
