import type { Lease } from '../../ledger/ledger.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { type LoggedRead, type Reader, ReadLog } from './read-log.js';
import { RouteModels } from './route-models.js';

/** A render that may share the reads of others. */
export interface SharingRender extends Reader {
  readonly tags: Set<string>;
  readonly models: ReadonlySet<string>;
  readonly isLost: boolean;
  olderLease: Lease | undefined;
  readonly since: number;
}

export interface SharedReadsParts {
  readonly onNotice: (refusal: Refusal) => void;
  readonly onDoubt: (paths: readonly string[]) => void;
}

/** A position before the first entry of any log. */
const BEFORE_ALL = -1;
const REMEDY =
  'let each request create its own loader, and give queues AsyncResource.bind(job) instead of the job';

/**
 * Reads while several renders are under way. Libraries that share work between requests run the reads of one in the
 * context of another, or in none, and nothing shows this. So a render for which others may have read gets the tags of
 * all that was read while it was under way. Some pages are then deleted without need, but no stale page stays.
 */
export class SharedReads<Render extends SharingRender = SharingRender> {
  readonly #parts: SharedReadsParts;
  readonly #log = new ReadLog();
  readonly #routes = new RouteModels();
  /** The renders that are under way. */
  readonly open = new Set<Render>();

  constructor(parts: SharedReadsParts) {
    this.#parts = parts;
  }

  /** The position at which the log of reads ends now. */
  get place(): number {
    return this.#log.end;
  }

  /** Notes a read. Returns the renders that it counts for: the reader's own, or all if there is no reader. */
  note(reader: Reader | undefined, read: Omit<LoggedRead, 'reader'>): Iterable<Render> {
    const isOpen = this.open.has(reader as Render);
    // A render that has ended can only read for others.
    if (reader === undefined || (isRender(reader) && !isOpen)) return this.open;
    if (this.open.size > (isOpen ? 1 : 0)) this.#log.add({ ...read, reader });
    return isOpen ? [reader as Render] : [];
  }

  close(render: Render): void {
    this.open.delete(render);
    let oldest = this.#log.end;
    for (const { since } of this.open) oldest = Math.min(oldest, since);
    this.#log.dropBefore(oldest);
  }

  /** Gives a complete render the tags of what others may have read for it. Returns a refusal if that is not known. */
  conclude(
    render: Render,
    { path, route }: { readonly path: string; readonly route: string | undefined },
  ): Refusal | undefined {
    const reads = this.#log.since(render.since);
    if (reads === undefined) return refuse('context-lost', 'too much was read at the same time');
    // What the app itself reports, it reports in the context of its response, unless that is lost.
    const others = reads.filter((one) => one.reader !== render && (one.isRead || render.isLost));
    if (route !== undefined) this.#learn(route, render);
    if (others.length === 0) return undefined;
    const isLacking = route !== undefined && this.#routes.isLacking(route, render.models);
    if (render.models.size === 0 || render.isLost || isLacking) {
      if (render.isLost || isLacking) this.#parts.onNotice(refuse('context-lost', `${path}: ${REMEDY}`));
      return this.#share(render, others);
    }
    if (route !== undefined) this.#routes.doubt(route, path);
    return undefined;
  }

  #learn(route: string, { models }: Render): void {
    const doubtful = this.#routes.learn(route, models);
    if (doubtful.length > 0) this.#parts.onDoubt(doubtful);
  }

  #share(render: Render, others: readonly LoggedRead[]): Refusal | undefined {
    for (const { reader, tags, unclear, lease } of others) {
      if (unclear !== undefined) return refuse('context-lost', unclear);
      for (const tag of tags) render.tags.add(tag);
      if (lease !== undefined) ageTo(render, lease);
      if (reader.begun > render.begun) continue;
      // The reader may have read before this render began, and the page would miss a change in between.
      if (reader.lease === undefined) return refuse('context-lost', REMEDY);
      ageTo(render, reader.lease);
    }
    return undefined;
  }
}

function isRender(reader: Reader): boolean {
  return 'since' in reader;
}

/** Notes that what is in the page may be as old as a lease. */
export function ageTo(render: SharingRender, lease: Lease): void {
  const known = render.olderLease ?? render.lease;
  if (known === undefined || known.generation === lease.generation) {
    if (known === undefined || lease.sequence < known.sequence) render.olderLease = lease;
    // Neither of two ledgers knows what has changed since a lease of the other.
  } else render.olderLease = { ...lease, sequence: BEFORE_ALL };
}
