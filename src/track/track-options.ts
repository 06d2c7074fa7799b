import type { Target } from '../change/targets/target.js';
import { type OptionProblem, OptionReader } from '../option-reader.js';
import type { Change } from './change.js';
import { defaultName } from './tags.js';

/** Gives the pages of a record. A method, so that the parameter may have the type of the model's records. */
export type UrlsOfRecord = {
  urls(record: unknown, change: Change): Target | readonly Target[];
}['urls'];

/** What every adapter can be told. */
export interface TrackOptions {
  /** The models that are tracked, by name. Default: all. */
  readonly entities?: readonly string[] | ((model: string) => boolean);
  /** How a model is called in tags. Default: its name with a small first letter: `Post` is `post`. */
  readonly name?: (model: string) => string;
  /** Further pages of a saved or deleted record: `{ Post: (post) => `/posts/${post.slug}` }`. */
  readonly urls?: Readonly<Record<string, UrlsOfRecord>>;
  /** Whether a change matters to no page, such as that of a view counter. */
  readonly ignore?: (change: Change) => boolean;
  /** The property that is the key of a model, or those of a composite key, where the ORM does not tell. */
  readonly ids?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * By the name of a model, the columns by which its lists are told apart, as the database calls them: with `{ Comment: 'post_id' }`
   * the comments of one post are a list of their own. They have to hold integers or UUIDs. An ORM tells its foreign keys.
   */
  readonly lists?: Readonly<Record<string, string | readonly string[]>>;
  /** Models whose records the database deletes or changes together with one of the named model. */
  readonly cascades?: Readonly<Record<string, readonly string[]>>;
  /** Is told of failures, which go to the log in any case. An adapter never throws into a committed transaction. */
  readonly onError?: (error: unknown) => void;
}

const known = ['entities', 'name', 'urls', 'ignore', 'ids', 'lists', 'cascades', 'onError'] as const;

/** The options with their defaults. */
export interface ResolvedTrackOptions extends Omit<Required<TrackOptions>, 'entities' | 'lists'> {
  /** Columns in lower case. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly isTracked: (model: string) => boolean;
  /** The models that the options name. */
  readonly named: readonly string[];
}

/** Throws `ERR_OPTIONS` with every problem. */
export function resolveTrackOptions(given: TrackOptions): ResolvedTrackOptions {
  const problems: OptionProblem[] = [];
  const reader = new OptionReader(given, problems);
  reader.refuseUnknown(known);
  const { entities, name, urls, ignore, cascades, onError } = given;
  for (const [option, value] of Object.entries({ name, ignore, onError }))
    if (value !== undefined && typeof value !== 'function') reader.refuse(option, 'a function', value);
  if (entities !== undefined && typeof entities !== 'function' && !isStrings(entities))
    reader.refuse('entities', 'an array of names of models, or a function', entities);
  if (urls !== undefined && !isRecordOf(urls, (value) => typeof value === 'function'))
    reader.refuse('urls', 'an object of functions by the name of their model', urls);
  const { ids, lists } = readColumns(given, reader);
  if (cascades !== undefined && !isRecordOf(cascades, isStrings))
    reader.refuse('cascades', 'an object of arrays of names of models', cascades);
  reader.throwProblems();
  return {
    isTracked: trackedBy(entities),
    named: [
      ...(Array.isArray(entities) ? entities : []),
      ...Object.keys({ ...urls, ...ids, ...given.lists }),
    ],
    name: name ?? defaultName,
    urls: urls ?? {},
    ignore: ignore ?? (() => false),
    ids,
    lists,
    cascades: cascades ?? {},
    onError: onError ?? (() => undefined),
  };
}

/** The options that name columns of models. */
function readColumns(
  { ids = {}, lists = {} }: TrackOptions,
  reader: OptionReader,
): Pick<ResolvedTrackOptions, 'ids' | 'lists'> {
  for (const [option, value] of Object.entries({ ids, lists }))
    if (!isRecordOf(value, (one) => typeof one === 'string' || isStrings(one)))
      reader.refuse(option, 'an object of names of columns by the name of their model', value);
  const columns = Object.entries(lists ?? {}).map(([entity, one]): [string, readonly string[]] => [
    entity,
    [one].flat().map((column) => String(column).toLowerCase()),
  ]);
  return { ids, lists: Object.fromEntries(columns) };
}

/** For an adapter, which is handed the site's object first of all. */
export function requirePages(pages: object, reader: OptionReader): void {
  if (typeof pages !== 'object' || pages === null || !('track' in pages))
    reader.refuseUnseen('pages', 'what staticGenerator() has returned', pages);
}

function trackedBy(entities: TrackOptions['entities']): (model: string) => boolean {
  if (entities === undefined) return () => true;
  if (typeof entities === 'function') return entities;
  const names = new Set(entities);
  return (model) => names.has(model);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecordOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(isOne);
}
