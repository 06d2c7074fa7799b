import type { ModelReads, TaggedList } from '../../track/reads/in-tags.js';

/** How many keys or lists are named, at most. */
const SHOWN = 10;

/** Returns a text for people: what a page has read of a model. */
export function wordsOf({ model, rows, lists, isSelection, awaitsRow }: ModelReads): string {
  const parts = [
    ...(isSelection ? ['a selection: every change of a row counts'] : []),
    ...(rows.length > 0 ? [`${rows.length === 1 ? 'the row' : 'the rows'} ${some(rows)}`] : []),
    ...listsIn(lists),
    ...(awaitsRow ? ['a row that may be missing: every new one counts'] : []),
  ];
  return `${model}: ${parts.join('; ') || 'what every change of unknown rows may have changed'}`;
}

function listsIn(lists: readonly TaggedList[]): readonly string[] {
  const columns = [...new Set(lists.map(({ column }) => column))];
  return columns.map((column) => {
    const own = lists.filter((list) => list.column === column);
    const which = own.every(({ isWhole }) => isWhole) ? 'all rows' : 'some of the rows';
    return `${which} with ${column} = ${some(own.map(({ value }) => value))}`;
  });
}

function some(texts: readonly string[]): string {
  const more = texts.length - SHOWN;
  return more > 0 ? `${texts.slice(0, SHOWN).join(', ')} and ${more} more` : texts.join(', ');
}
