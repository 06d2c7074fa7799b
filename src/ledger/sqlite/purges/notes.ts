import { decodedPath, urlOf } from '../../../page/layout.js';
import { compileSelector, type Selector } from '../../../page/selector.js';
import type { Purge } from '../../purges.js';
import type { Statements } from '../statements.js';

/** Notes purges in the running transaction. Does nothing if the site has no CDN. */
export function notePurges({ purges }: Statements, noted: readonly Purge[]): void {
  for (const one of purges === undefined ? [] : noted) {
    purges?.count.run();
    purges?.note.run(columnsOf(one));
  }
}

/**
 * Notes purges of pages that a render has sent or is sending to the CDN, and that the ledger does not know yet. Their
 * tags are unknown too, so a page may have any tag.
 */
export function notePassing(statements: Statements, selectors: readonly Selector[]): void {
  const passing = statements.purges?.passing.all() ?? [];
  if (passing.length === 0) return;
  const matchers = selectors.map((selector) =>
    selector.kind === 'tag' ? () => true : compileSelector(selector),
  );
  for (const { host, value: path } of passing) {
    const page = { host, path, decoded: decodedPath(path), tags: new Set<string>() };
    if (matchers.some((matches) => matches(page))) notePurges(statements, [{ kind: 'page', host, path }]);
  }
}

/** Returns the columns of a purge. */
export function columnsOf(purge: Purge): {
  readonly kind: string;
  readonly host: string;
  readonly value: string;
} {
  if (purge.kind === 'page') return { kind: 'page', host: purge.host, value: urlOf(purge.path) };
  return { kind: purge.kind, host: '', value: purge.kind === 'tag' ? purge.tag : '' };
}
