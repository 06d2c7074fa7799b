import type { DeletedPages, PageRenders } from '../../../metrics/recent.js';
import type { Counts, Measured } from '../../../metrics.js';
import type { Statements } from '../statements.js';

const MINUTE_MS = 60_000;
/** A day. */
const KEPT_MINUTES = 24 * 60;
/** The number of pages whose renders are kept. If there are a quarter more, those that took least time are removed. */
const KEPT_PAGES = 10_000;
/**
 * How many of the pages that were rendered since the last time are noted: those that took longest. A crawler requests
 * thousands, and people look at no others.
 */
const NOTED_PAGES = 200;
const KEPT_DELETIONS = 1_000;
/** From this number of pages on, a deletion is noted with the number of all pages. */
const MANY = 10;

/** Adds to the figures of the last day, in the running transaction. */
export function noteHistory({ counts, recent }: Measured, statements: Statements): void {
  noteMinute(counts, recent, statements);
  if (recent === undefined) return;
  addRenders(recent.renders, statements);
  addDeletions(recent.deletions, statements);
}

function noteMinute(counts: Counts, recent: Measured['recent'], statements: Statements): void {
  const { misses = 0, renders = [], deletions = [] } = recent ?? {};
  const minute = Math.floor(Date.now() / MINUTE_MS);
  const happened = {
    ...{ nginx: sum(counts, 'nginx:'), node: counts.get('hit') ?? 0, misses },
    renders: renders.reduce((all, one) => all + one.renders, 0),
    milliseconds: renders.reduce((all, one) => all + one.milliseconds, 0),
    ...{ stored: counts.get('stored') ?? 0, refused: sum(counts, 'refused:') },
    deleted: deletions.reduce((all, { pages }) => all + pages, 0),
  };
  if (Object.values(happened).every((value) => value === 0)) return;
  statements.addMinute.run({ minute, ...happened });
  statements.trimMinutes.run({ before: minute - KEPT_MINUTES });
}

function sum(counts: Counts, prefix: string): number {
  let all = 0;
  for (const [name, value] of counts) if (name.startsWith(prefix)) all += value;
  return all;
}

function addRenders(renders: readonly PageRenders[], statements: Statements): void {
  // An empty path stands for the pages beyond those that are counted separately.
  for (const one of longest(renders)) if (one.path !== '') statements.addRenders.run(one);
  if (renders.length > 0 && Number(statements.countRenders.get()) > KEPT_PAGES * 1.25)
    statements.trimRenders.run({ kept: KEPT_PAGES });
}

function longest(renders: readonly PageRenders[]): readonly PageRenders[] {
  if (renders.length <= NOTED_PAGES) return renders;
  return renders.toSorted((one, other) => other.milliseconds - one.milliseconds).slice(0, NOTED_PAGES);
}

function addDeletions(deletions: readonly DeletedPages[], statements: Statements): void {
  if (deletions.length === 0) return;
  const isMuch = deletions.some(({ pages }) => pages >= MANY);
  const left = isMuch ? Number(statements.countPages.get()) : 0;
  for (const { cause, named, pages, at } of deletions) {
    const total = pages >= MANY ? left + pages : null;
    statements.addDeletion.run({ cause, named: JSON.stringify(named), pages, total, at });
  }
  statements.trimDeletions.run({ kept: KEPT_DELETIONS });
}
