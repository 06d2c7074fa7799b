import { randomBytes } from 'node:crypto';
import type { LogAppender, LogReader } from '../ledger/ledger.js';
import { identityOf } from '../ledger/sqlite/file/ground.js';
import { bareName } from '../page/layout.js';
import { compileSelector, type Matcher, type Selectable, type Selector } from '../page/selector.js';
import type { LogMark } from './folder/manifest.js';

export interface LogParts {
  readonly ledger: LogAppender & LogReader;
  readonly ledgerFile: string;
}

/** Whether something that a page depends on was invalidated. */
export type IsOutdated = Matcher;

/** More entries than the ledger keeps: a mark that is not among them was compacted away. */
const MAX_ENTRIES = 100_000;
const MARK_PREFIX = 'staticgenerator-export:';

/**
 * Puts a mark into the log of invalidations before anything is rendered: pages may lack what is invalidated after it.
 * The mark is an entry that matches no page, so it is found again in this ledger and in no other.
 */
export async function markLog({ ledger, ledgerFile }: LogParts): Promise<LogMark> {
  const tag = `${MARK_PREFIX}${randomBytes(12).toString('hex')}`;
  await ledger.append([{ kind: 'tag', value: tag }], 'mark');
  return { tag, ledger: identityOf(ledgerFile) };
}

/**
 * Returns what was invalidated since a mark. Returns `undefined` if that is unknown because the mark is not there: the
 * log was compacted, the ledger was lost, or it is another one. Then all pages may be out of date.
 */
export function changesSince(mark: LogMark, { ledger, ledgerFile }: LogParts): IsOutdated | undefined {
  if (mark.ledger !== identityOf(ledgerFile)) return undefined;
  const entries = ledger.log(MAX_ENTRIES);
  const place = entries.findIndex(({ selector }) => selector.kind === 'tag' && selector.value === mark.tag);
  if (place === -1) return undefined;
  const changes = entries.slice(0, place).filter(({ isChange }) => isChange);
  return matcherOf(changes.map(({ selector }) => selector));
}

/** Ten thousand entries may meet ten thousand pages: tags and paths are looked up, only globs are tried one by one. */
function matcherOf(selectors: readonly Selector[]): IsOutdated {
  const tags = new Set<string>();
  const paths = new Map<string, Matcher[]>();
  const others = new Map<string, Matcher>();
  for (const selector of selectors) {
    if (selector.kind === 'tag') tags.add(selector.value);
    else if (selector.kind === 'path') {
      const name = bareName(selector.value);
      paths.set(name, [...(paths.get(name) ?? []), compileSelector(selector)]);
    } else others.set(JSON.stringify(selector), compileSelector(selector));
  }
  const globs = [...others.values()];
  return (page: Selectable) =>
    [...page.tags].some((tag) => tags.has(tag)) ||
    paths.get(bareName(page.path))?.some((matches) => matches(page)) === true ||
    globs.some((matches) => matches(page));
}
