import type { Contradiction, ContradictionLog, Lease, Leases, PageRecorder } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';
import { decodedPath } from '../../page/layout.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import type { Scheme } from '../../page/request/audience.js';
import type { Selectable, Selector } from '../../page/selector.js';
import { OncePerName } from './advice.js';

const ADVICE =
  'some visitors get a page at this URL and others got what `detail` says, for an unknown reason, so it is not stored; if you have fixed the cause, run `staticgenerator delete` for the URL, or wait ten minutes; otherwise mount our middleware before the code that decides, add the cookie that decides to the option `bypassCookies` or the header to `bypassHeaders`, or leave the URL out of `urls`';

/** How long a response counts that was not a page. Each further one counts from its own time. */
const LIFE_MS = 10 * 60 * 1000;
/** How many are remembered here: until the ledger has them, and in addition to it. */
const MAX_REMEMBERED = 1_000;
/** A response with more tags than this is not noted: nearly any invalidation would settle it. */
const MAX_TAGS = 100;
/** The schemes in the keys of what is remembered; empty if the app has not read the scheme. */
const SEEN = ['', 'http', 'https'];
/** A server that has failed, or has too much to do, says nothing about what its pages depend on. */
const PASSING = /^(?:5\d\d|408|425|429)$/;

export interface ContradictionParts {
  readonly ledger: ContradictionLog & Leases & Pick<PageRecorder, 'isVoid'>;
  /** Whether each cookie in a list of names is one that no page depends on. */
  readonly areIgnored: (cookies: readonly string[]) => boolean;
  /** Whether a page of this URL is stored. */
  readonly isStored: (host: string, path: string) => boolean;
  readonly remove: (selectors: readonly Selector[]) => Promise<unknown>;
  readonly logger: Logger;
}

/** A render for a visitor: its page, and since when it runs. */
export interface Rendering {
  readonly page: Selectable;
  readonly lease: Lease;
  /** The scheme of the visitor's request. */
  readonly scheme: Scheme | undefined;
}

interface Remembered extends Contradiction {
  readonly generation: number;
}

/**
 * Knows which URLs had a response that was not a page since their last invalidation, although the request might have
 * made one: a cookie, a redirect or an error. The cause was not seen, so no response of these URLs is for everybody.
 */
export class Contradictions {
  readonly #parts: ContradictionParts;
  readonly #advice: OncePerName;
  readonly #remembered = new Map<string, Remembered>();
  #unnoted = new Map<string, Remembered>();

  constructor(parts: ContradictionParts) {
    this.#parts = parts;
    this.#advice = new OncePerName(parts.logger, ADVICE);
  }

  /** Notes what a visitor got instead of a page. `seen`: the scheme, if the app has read it. */
  note({ page, lease }: Rendering, detail: string, seen: Scheme | undefined): void {
    if (page.tags.size > MAX_TAGS) return;
    const { host, path, tags } = page;
    const until = Date.now() + LIFE_MS;
    const one = { ...lease, ...{ host, path, scheme: seen, detail, tags: [...tags], until } };
    for (const map of [this.#remembered, this.#unnoted]) remember(map, one);
  }

  /** Returns why a page must not be stored, or must not stay. */
  refuse(rendering: Rendering): Refusal | undefined {
    const found = this.#find(rendering);
    if (found === undefined) return undefined;
    this.#advice.give(found.path, found.path, { detail: found.detail });
    return refuse('contradicts', found.detail);
  }

  #find({ page, scheme }: Rendering): Remembered | undefined {
    const { ledger } = this.#parts;
    const { host, path } = page;
    const own = SEEN.flatMap((seen) => this.#remembered.get(`${seen} ${host}${path}`) ?? []);
    const noted = ledger.contradictionsOf(host, path);
    if (own.length === 0 && noted.length === 0) return undefined;
    const { generation } = ledger.lease();
    const all = [...own, ...noted.map((one) => ({ ...one, generation }))];
    return all.find((one) => this.#counts(one, page, scheme));
  }

  /** Shares what was noted with other processes, and removes pages that they have stored meanwhile. */
  async share(): Promise<void> {
    const unnoted = [...this.#unnoted.values()];
    this.#unnoted = new Map();
    if (unnoted.length === 0) return;
    await this.#share(unnoted);
    const stored = unnoted.filter((one) => this.#isAgainstStored(one));
    if (stored.length > 0) await this.#remove(stored);
  }

  /** Removes a page that was stored just now, if another process has noted what contradicts it meanwhile. */
  async removeIfContradicted(rendering: Rendering): Promise<boolean> {
    const found = this.#find(rendering);
    if (found !== undefined) await this.#remove([found]);
    return found !== undefined;
  }

  async #remove(contradicted: readonly Remembered[]): Promise<void> {
    await this.#parts.remove(contradicted.map(selectorOf));
    // The deletion has settled these contradictions too.
    const lease = this.#parts.ledger.lease();
    await this.#share(contradicted.map((one) => ({ ...one, ...lease })));
  }

  async #share(found: readonly Remembered[]): Promise<void> {
    const generation = found[0]?.generation ?? 0;
    await this.#parts.ledger.noteContradictions(
      generation,
      found
        .filter((one) => one.generation === generation)
        .map(({ generation: _, ...contradiction }) => contradiction),
    );
  }

  #isAgainstStored(one: Remembered): boolean {
    const page = { ...one, decoded: decodedPath(one.path), tags: new Set(one.tags) };
    return this.#parts.isStored(one.host, one.path) && this.#counts(one, page, one.scheme);
  }

  /** Whether it contradicts a page of the same URL that was requested with this scheme. */
  #counts(one: Remembered, page: Selectable, scheme: Scheme | undefined): boolean {
    if (one.until <= Date.now() || (one.scheme !== undefined && one.scheme !== scheme)) return false;
    return !this.#parts.ledger.isVoid({ ...page, tags: new Set(one.tags) }, one);
  }

  /** Returns what a refusal says that someone got instead of a page; `undefined` if it says no such thing. */
  tellingOf({ reason, detail = '' }: Refusal): string | undefined {
    if (reason === 'status') return PASSING.test(detail) ? undefined : `status ${detail}`;
    if (reason !== 'set-cookie' || this.#parts.areIgnored(detail.split(', '))) return undefined;
    return `set-cookie ${detail}`.slice(0, 200);
  }
}

function remember(map: Map<string, Remembered>, one: Remembered): void {
  const key = `${one.scheme ?? ''} ${one.host}${one.path}`;
  map.delete(key);
  map.set(key, one);
  const [oldest] = map.keys();
  if (map.size > MAX_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

function selectorOf({ host, path }: { readonly host: string; readonly path: string }): Selector {
  return host === '' ? { kind: 'path', value: path } : { kind: 'path', value: path, host };
}
