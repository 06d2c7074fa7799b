/** What a page read of a model. */
export interface ModelReads {
  /** The name of the model in tags. */
  readonly model: string;
  /** The keys of the rows that the page read, alone or in a list. */
  readonly rows: readonly string[];
  readonly lists: readonly TaggedList[];
  /** Whether the page depends on any row: by a list that is not distinguished, a count, a search. */
  readonly isSelection: boolean;
  /** Whether the page looked for a row by a key, and the row is missing, or may be. */
  readonly awaitsRow: boolean;
}

/** The rows with one value in a column. */
export interface TaggedList {
  readonly column: string;
  readonly value: string;
  /** Whether the page certainly read each of these rows. */
  readonly isWhole: boolean;
}

/** Returns what a page read, by model, from its tags. `own` are the tags that no tracker gave. */
export function readsInTags(tags: readonly string[]): {
  readonly read: readonly ModelReads[];
  readonly own: readonly string[];
} {
  // Each page that reads a model in any way has this tag.
  const models = tags.filter((tag) => tag.endsWith(':*')).map((tag) => tag.slice(0, -2));
  const named = tags.map((tag) => ({ tag, model: modelOf(tag, models) }));
  const tagsOf = (wanted: string | undefined) =>
    named.flatMap(({ tag, model }) => (model === wanted ? [tag] : []));
  return { read: models.toSorted().map((model) => readsOf(model, tagsOf(model))), own: tagsOf(undefined) };
}

/** Returns the longest model name that fits a tag, because one name may begin with another. */
function modelOf(tag: string, models: readonly string[]): string | undefined {
  const fitting = models.filter((model) => tag === model || /^[:?]/.test(restOf(tag, model) ?? ''));
  return fitting.toSorted((one, other) => other.length - one.length)[0];
}

function restOf(tag: string, model: string): string | undefined {
  return tag.startsWith(model) ? tag.slice(model.length) : undefined;
}

function readsOf(model: string, tags: readonly string[]): ModelReads {
  const rests = tags.map((tag) => restOf(tag, model) ?? '');
  const lists = rests.flatMap((rest) => {
    const [, column = '', value = ''] = /^\?(.+?)=(.*)$/s.exec(rest) ?? [];
    return column === '' ? [] : [{ column, value }];
  });
  const isCut = (column: string) => lists.some((one) => one.column === column && one.value === '~');
  return {
    model,
    rows: rests.filter((rest) => /^:(?![*#+]$)/.test(rest)).map((rest) => rest.slice(1)),
    lists: lists
      .filter(({ value }) => value !== '*' && value !== '~')
      .map((list) => ({ ...list, isWhole: !isCut(list.column) })),
    isSelection: rests.includes(''),
    awaitsRow: rests.includes(':+'),
  };
}
