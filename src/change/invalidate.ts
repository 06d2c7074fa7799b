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

/** A ledger is not replaced more often than this during one deletion. */
const MAX_ATTEMPTS = 3;

/** A page that could not be rendered again, and why. */
export interface KeptPage {
  readonly path: string;
  readonly reason: Reason;
  readonly detail?: string;
}

/** What happened to the pages that selectors name. */
export interface Deletion {
  /** The URL paths of the pages that existed and were deleted. */
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
  /** Call this when each of the pages has been replaced, removed or kept on purpose. */
  readonly finish: () => Promise<void>;
}

/** Reports to the CDN what to purge, after the other hosts have deleted it. Does not wait for the CDN. */
export type TellCdn = (purges: readonly Purge[]) => Promise<void>;

/** Reports to the other hosts of the site what has been appended. */
export type TellOthers = (entries: Entries, selectors: readonly Selector[]) => Promise<void>;

export interface InvalidatorParts extends RemoverParts {
  readonly ledger: InvalidationLog & Removals;
  /** Resolves when the ledger knows every page. A page that it does not know can only be found by its path. */
  readonly removeStrays: () => Promise<void>;
  /** Whether a path may name pages with queries and variants, which only the ledger can list. */
  readonly hasPagesBeside: boolean;
  /** Reports to the other hosts. Resolves when no host serves a page that is out of date. `undefined` if there is one host. */
  readonly tellOthers: TellOthers | undefined;
  /** `undefined` if there is no CDN. */
  readonly tellCdn: TellCdn | undefined;
  readonly logger: Logger;
  /** Called with the number of deleted pages and the cause. */
  readonly onDeleted?: (deleted: DeletedNow) => void;
}

/** Deletes pages. Every change of data ends here. */
export class Invalidator {
  readonly #parts: InvalidatorParts;
  /** Entries that this process is applying at the moment. */
  readonly #underWay = new Set<number>();
  #seenUnapplied: ReadonlySet<string> = new Set();

  constructor(parts: InvalidatorParts) {
    this.#parts = parts;
  }

  /**
   * Invalidates and deletes. When this resolves, the pages are gone on every host, no older render can be stored, a power cut cannot undo
   * this, and the intents are settled. Rejects with `ERR_DELETE_FAILED` if a file cannot be removed, after all others are removed, and with
   * `ERR_CLUSTER_UNREACHABLE` if other hosts could not be reached yet.
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

  /** Begins a regeneration: makes renders under way void, and records the work, so that it cannot be forgotten. Returns the pages. */
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
   * Makes renders of pages under way void, and removes nothing. Returns those of the pages that are stored. Other hosts
   * get no new pages by this, so they delete theirs, except with `warm`.
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

  /** Deletes what is already in the log. Rejects like {@link invalidate}. `message` is logged. */
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

  /** At a start: takes over the regenerations of processes that died, and finishes everything that was abandoned. */
  async takeOver(): Promise<void> {
    await this.#parts.ledger.claimRegenerating();
    await this.finishAbandoned();
  }

  /**
   * Like {@link finishAbandoned}, for entries that already existed at the last call of this method. In a site without
   * misses, nothing else would finish them. What another process is doing at the moment needs no help.
   */
  async finishLeftBehind(): Promise<void> {
    const before = this.#seenUnapplied;
    const { generation, sequences } = this.#parts.ledger.unapplied();
    const keys = sequences.map((sequence) => `${generation} ${sequence}`);
    this.#seenUnapplied = new Set(keys);
    if (keys.some((key) => before.has(key))) await this.finishAbandoned();
  }

  /** Finishes what a dead process has begun. It may also help a running process, which does no harm. */
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

  /** A failure is for the caller that waits. The ledger keeps what the other hosts have not received. */
  #tellOthers(entries: Entries, selectors: readonly Selector[]): Promise<void> | undefined {
    const told = this.#parts.tellOthers?.(entries, selectors);
    told?.catch(() => undefined);
    return told;
  }

  /** Starts at once and runs in parallel with what comes next. Its failure goes to the caller that awaits it. */
  #flush(): Promise<void> {
    const flushed = this.#parts.ledger.flush();
    flushed.catch(() => undefined);
    return flushed;
  }

  /** If the log cannot be written, removes the pages first, which makes room on a full disk, and tries once more. */
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

/** If the ledger is replaced meanwhile, the entries are lost with it, and are appended to the new one. */
async function untilNotReplaced<T>(work: () => Promise<T>, attempts = MAX_ATTEMPTS): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_LEDGER_REPLACED' || attempts === 1) throw error;
    return await untilNotReplaced(work, attempts - 1);
  }
}
