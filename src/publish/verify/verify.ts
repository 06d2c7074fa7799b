import { setTimeout as delay } from 'node:timers/promises';
import { mapConcurrently } from '../../concurrency.js';
import { messageOf } from '../../errors.js';
import type { PageLister, StoredPage } from '../../ledger/ledger.js';
import type { Refusal } from '../../page/reasons.js';
import { DEFAULT_CONCURRENCY, type PublishOptions } from '../options.js';
import { pathSelectorOf } from '../path-selector.js';
import type { Publisher } from '../publish.js';
import {
  contentsOf,
  type Judged,
  type JudgeParts,
  judgeRendered,
  type PageContent,
} from '../render/judge-rendered.js';
import { type ContentDifference, compareContents } from './compare-pages.js';
import { isUnchanged, readSnapshot, type Snapshot, type SnapshotParts, snapshotOf } from './page-snapshot.js';
import { type SampleSize, samplePages } from './sample.js';

export interface VerifierParts extends SnapshotParts, JudgeParts {
  readonly publisher: Pick<Publisher, 'assertAttached' | 'renderOnly'>;
  readonly ledger: SnapshotParts['ledger'] & PageLister;
  /** The host of requests for pages if the ledger names none. */
  readonly host: string;
}

export interface VerifySettings extends PublishOptions {
  /** Which of the stored pages. Default: all. */
  readonly selects?: (page: StoredPage) => boolean;
  /** How many of these to take. Default: all of them. */
  readonly sample?: SampleSize | undefined;
  /** What these match in texts does not count: all matches with the flag `g`, otherwise the first. Default: none. */
  readonly ignored?: readonly RegExp[];
  readonly onProgress?: (progress: { readonly total: number; readonly done: number }) => void;
}

/** A stored page that differs from what the application answers. */
export interface PageDifference {
  readonly path: string;
  readonly host: string;
  readonly file: string;
  /** Whether two renders in succession differ too. Then the page changes by itself, and should not be a page. */
  readonly isVolatile: boolean;
  readonly difference:
    | ContentDifference
    /** What the application answers now would not be stored. */
    | { readonly refusal: Refusal }
    /** The files are not those that were stored: something else has changed them. */
    | { readonly damaged: true };
}

/** A page that could not be rendered. */
export interface VerifyFailure {
  readonly path: string;
  readonly message: string;
}

export interface VerifyReport {
  /** How many pages were looked at. */
  readonly verified: number;
  readonly differences: readonly PageDifference[];
  readonly failures: readonly VerifyFailure[];
  /** Pages that were invalidated, replaced or removed each time they were looked at. */
  readonly changing: readonly string[];
  /** Whether it was aborted before its end. */
  readonly interrupted: boolean;
}

type Page = Pick<StoredPage, 'host' | 'path'>;

/** The result of looking at a page. A page that is gone, or was not looked at, does not count. */
type Verdict = PageDifference | VerifyFailure | 'same' | 'changing' | 'gone';

interface Differing {
  readonly difference: PageDifference['difference'];
  /** What was rendered, if that would be a page. */
  readonly rendered?: PageContent;
}

/** How often a page is looked at. No page changes as often as this by chance. */
const MAX_LOOKS = 6;
/** Code that saves a record deletes its pages a moment later, so a difference is looked at again after this time. */
const LOOK_AGAIN_MS = 150;

/** Compares stored pages with what the application answers now. Nothing is stored, and no page is touched. */
export class Verifier {
  readonly #parts: VerifierParts;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
  }

  /** Resolves when every page has been looked at, or when the signal is aborted. Rejects with `ERR_NOT_ATTACHED`. */
  async verify(settings: VerifySettings = {}): Promise<VerifyReport> {
    this.#parts.publisher.assertAttached();
    const { concurrency = DEFAULT_CONCURRENCY, signal, onProgress } = settings;
    const pages = this.#pagesOf(settings);
    let done = 0;
    const tell = () => onProgress?.({ total: pages.length, done });
    tell();
    const verifyOne = async (page: Page): Promise<Verdict> => {
      if (signal?.aborted === true) return 'gone';
      const verdict = await this.#verifyPage(page, settings);
      done += 1;
      tell();
      return verdict;
    };
    const verdicts = await mapConcurrently(pages, verifyOne, { concurrency });
    return { ...reportOf(pages, verdicts), interrupted: signal?.aborted === true };
  }

  #pagesOf({ selects = () => true, sample }: VerifySettings): readonly Page[] {
    const selected = selectedPages(this.#parts.ledger.pages(), selects);
    return sample === undefined ? [...selected] : samplePages(selected, sample);
  }

  async #verifyPage(page: Page, settings: VerifySettings): Promise<Verdict> {
    try {
      return await this.#lookTwice(page, settings);
    } catch (error) {
      // The render was aborted: this is no result of the page.
      return settings.signal?.aborted === true ? 'gone' : { path: page.path, message: messageOf(error) };
    }
  }

  /** A difference counts if it is seen twice, while neither the page nor the log has changed. */
  async #lookTwice(page: Page, settings: VerifySettings): Promise<Exclude<Verdict, VerifyFailure>> {
    let first: Differing | undefined;
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      if (looks > 0) await delay(LOOK_AGAIN_MS, undefined, { signal: settings.signal });
      const snapshot = snapshotOf(this.#parts, page);
      if (snapshot === undefined) return 'gone';
      const verdict = await this.#look(snapshot, settings);
      if (verdict === 'same' || verdict === 'gone') return verdict;
      if (verdict === 'changing') continue;
      if (first !== undefined) {
        const changesByItself = isVolatile(first, verdict, settings.ignored ?? []);
        return {
          ...page,
          file: snapshot.page.file,
          isVolatile: changesByItself,
          difference: verdict.difference,
        };
      }
      first = verdict;
    }
    return 'changing';
  }

  async #look(
    snapshot: Snapshot,
    settings: VerifySettings,
  ): Promise<Differing | 'same' | 'changing' | 'gone'> {
    const { page } = snapshot;
    const stored = await readSnapshot(this.#parts, snapshot);
    // Someone has removed the file by hand: the page is gone.
    if (stored === undefined) return 'gone';
    const host = page.host || (settings.host ?? this.#parts.host);
    const rendered = await this.#parts.publisher.renderOnly(pathSelectorOf({ path: page.path, host }), {
      ...settings,
      marksIslands: true,
    });
    const judged = await judgeRendered(this.#parts, { path: page.path, host }, rendered);
    const verdict = this.#compare(snapshot, stored, judged, settings.ignored ?? []);
    if (verdict === 'same') return verdict;
    const tags = new Set([...page.tags, ...(rendered.context?.tags ?? [])]);
    return isUnchanged(this.#parts, snapshot, tags) ? verdict : 'changing';
  }

  #compare(
    { found: { file, headers }, page: { path } }: Snapshot,
    body: Buffer | 'damaged',
    judged: Judged,
    ignored: readonly RegExp[],
  ): Differing | 'same' {
    if (body === 'damaged') return { difference: { damaged: true } };
    if ('refusal' in judged) return { difference: { refusal: judged.refusal } };
    const { before, after } = contentsOf(this.#parts, { path, body, file, headers }, judged);
    const difference = compareContents(before, after, ignored);
    return difference === undefined ? 'same' : { difference, rendered: after };
  }
}

/** Reports in the order of the pages, so that two reports can be compared, whichever render was the quickest. */
function reportOf(pages: readonly Page[], verdicts: readonly Verdict[]): Omit<VerifyReport, 'interrupted'> {
  const found = verdicts.filter((verdict) => typeof verdict !== 'string');
  const failures = found.filter((verdict) => 'message' in verdict);
  return {
    verified: verdicts.filter((verdict) => verdict !== 'gone').length - failures.length,
    differences: found.filter((verdict) => 'difference' in verdict),
    failures,
    changing: pages.flatMap(({ path }, index) => (verdicts[index] === 'changing' ? [path] : [])),
  };
}

function* selectedPages(
  pages: Iterable<StoredPage>,
  selects: (page: StoredPage) => boolean,
): Generator<Page> {
  for (const page of pages) if (selects(page)) yield { host: page.host, path: page.path };
}

function isVolatile(
  { rendered: one }: Differing,
  { rendered: other }: Differing,
  ignored: readonly RegExp[],
): boolean {
  return one !== undefined && other !== undefined && compareContents(one, other, ignored) !== undefined;
}
