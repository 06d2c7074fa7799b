/** What a page has read of a model. */
export interface ModelReads {
  /** As it is called in tags. */
  readonly model: string;
  /** The keys of rows that it has read, alone or as one of a list. */
  readonly rows: readonly string[];
  readonly lists: readonly TaggedList[];
  /** Whether it depends on any row: by a list that is not told apart, a count, a search. */
  readonly isSelection: boolean;
  /** Whether it names a row by its key that is not there, or may not be. */
  readonly awaitsRow: boolean;
}

/** The rows with one value in a column. */
export interface TaggedList {
  readonly column: string;
  readonly value: string;
  /** Whether it is certain that the page has read each of them. */
  readonly isWhole: boolean;
}

/** What the tags of a page say that it has read, by model; `own` are those that no tracker gives. */
export function readsInTags(tags: readonly string[]): {
  readonly read: readonly ModelReads[];
  readonly own: readonly string[];
} {
  // Whatever is read of a model, its page has this tag.
  const models = tags.filter((tag) => tag.endsWith(':*')).map((tag) => tag.slice(0, -2));
  const named = tags.map((tag) => ({ tag, model: modelOf(tag, models) }));
  const tagsOf = (wanted: string | undefined) =>
    named.flatMap(({ tag, model }) => (model === wanted ? [tag] : []));
  return { read: models.toSorted().map((model) => readsOf(model, tagsOf(model))), own: tagsOf(undefined) };
}

/** The longest name that fits: one may begin with another. */
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
