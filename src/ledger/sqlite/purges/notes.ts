import type { Purge } from '../../purges.js';
import type { Statements } from '../statements.js';

/** Notes purges in a transaction that is under way; nothing, where the site has no CDN. */
export function notePurges({ purges }: Statements, noted: readonly Purge[]): void {
  for (const one of purges === undefined ? [] : noted) {
    purges?.count.run();
    purges?.note.run(columnsOf(one));
  }
}

/** What stands in a row. */
export function columnsOf(purge: Purge): {
  readonly kind: string;
  readonly host: string;
  readonly value: string;
} {
  if (purge.kind === 'page') return { kind: 'page', host: purge.host, value: purge.path };
  return { kind: purge.kind, host: '', value: purge.kind === 'tag' ? purge.tag : '' };
}
