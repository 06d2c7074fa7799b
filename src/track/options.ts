import type { Target } from '../change/targets/target.js';
import type { Logger } from '../log.js';
import { isPlainObject, type OptionProblem, OptionReader } from '../option-reader.js';
import type { Change } from './change.js';
import { mergeLists } from './list-tags.js';
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

/** The options with their defaults. */
export interface ResolvedTrackOptions extends Omit<Required<TrackOptions>, 'entities' | 'lists'> {
  /** Columns in lower case. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly isTracked: (model: string) => boolean;
  /** The models that the options name. */
  readonly named: readonly string[];
}

/** What a value of an option has to be, and in words. */
type Rule = readonly [isFit: (value: unknown) => boolean, expected: string];

const RULES: Readonly<Record<keyof TrackOptions, Rule>> = {
  entities: [(value) => isFunction(value) || isStrings(value), 'an array of names of models, or a function'],
  name: [isFunction, 'a function'],
  urls: [(value) => isRecordOf(value, isFunction), 'an object of functions by the name of their model'],
  ignore: [isFunction, 'a function'],
  ids: [isRecordOfColumns, 'an object of names of columns by the name of their model'],
  lists: [isRecordOfColumns, 'an object of names of columns by the name of their model'],
  cascades: [isRecordOfLists, 'an object of arrays of names of models'],
  onError: [isFunction, 'a function'],
};

/**
 * To be called by an adapter before it looks at its options; `own` are those that are not {@link TrackOptions}, and `problems`
 * those that it has found by then. Throws `ERR_OPTIONS` with every problem.
 */
export function requireOptions(
  given: object,
  own: Readonly<Record<string, Rule>> = {},
  problems: OptionProblem[] = [],
): void {
  const reader = new OptionReader(given, problems);
  const rules = Object.entries<Rule>({ ...RULES, ...own });
  reader.refuseUnknown(rules.map(([option]) => option));
  for (const [option, [isFit, expected]] of rules) {
    const value = reader.raw(option);
    if (value !== undefined && !isFit(value)) reader.refuse(option, expected, value);
  }
  reader.throwProblems();
}

/** Throws `ERR_OPTIONS` with every problem. */
export function resolveTrackOptions(given: TrackOptions): ResolvedTrackOptions {
  requireOptions(given);
  const { entities, name, urls, ignore, ids, lists, cascades, onError } = given;
  return {
    isTracked: trackedBy(entities),
    named: [...(Array.isArray(entities) ? entities : []), ...Object.keys({ ...urls, ...ids, ...lists })],
    name: name ?? defaultName,
    urls: urls ?? {},
    ignore: ignore ?? (() => false),
    ids: ids ?? {},
    lists: mergeLists([], lists),
    cascades: cascades ?? {},
    onError: onError ?? (() => undefined),
  };
}

/** A name that is misspelt would leave the pages of its model as they are, for good. `models`: those that there are. */
export function warnOfStrangers(
  models: readonly string[] | undefined,
  { options, logger }: { readonly options: ResolvedTrackOptions; readonly logger: Logger },
): void {
  const strangers = models === undefined ? [] : options.named.filter((name) => !models.includes(name));
  if (strangers.length > 0)
    logger.warn({ strangers, models }, 'the options of the tracking name models that do not exist');
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

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isRecordOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return isPlainObject(value) && Object.values(value).every(isOne);
}

/** Names, or one of them, by name. */
export function isRecordOfColumns(value: unknown): boolean {
  return isRecordOf(value, (one) => typeof one === 'string' || isStrings(one));
}

export function isRecordOfLists(value: unknown): boolean {
  return isRecordOf(value, isStrings);
}

/** Models by name, and for each the one that stands for all that share its table. */
export interface StandIns {
  names(): readonly string[];
  of(model: string): string;
}

/** The options with what they say of any model of a table said of the one that stands for it. */
export function forTables(options: TrackOptions, models: StandIns): TrackOptions {
  const { entities, urls, ids, lists, cascades } = options;
  return {
    ...options,
    ...(entities && { entities: trackedOf(entities, models) }),
    ...(urls && {
      urls: merged(
        urls,
        models,
        (one, other) =>
          (...given) =>
            [one(...given), other(...given)].flat(),
      ),
    }),
    ...(ids && { ids: merged(ids, models, (one) => one) }),
    ...(lists && { lists: merged(lists, models, (one, other) => [one, other].flat()) }),
    ...(cascades && {
      cascades: merged(withTargets(cascades, models), models, (one, other) => [...one, ...other]),
    }),
  };
}

function trackedOf(entities: NonNullable<TrackOptions['entities']>, models: StandIns) {
  if (typeof entities !== 'function')
    return [...new Set(entities.flatMap((name) => [name, models.of(name)]))];
  return (name: string) =>
    entities(name) || models.names().some((other) => models.of(other) === name && entities(other));
}

/** What is said of several is merged, and counts for their stand-in. */
function merged<T>(
  given: Readonly<Record<string, T>>,
  models: StandIns,
  merge: (one: T, other: T) => T,
): Readonly<Record<string, T>> {
  const all = new Map(Object.entries(given));
  for (const [name, value] of Object.entries(given)) {
    const standIn = models.of(name);
    const known = all.get(standIn);
    if (standIn !== name) all.set(standIn, known === undefined ? value : merge(known, value));
  }
  return Object.fromEntries(all);
}

function withTargets(cascades: NonNullable<TrackOptions['cascades']>, models: StandIns) {
  return Object.fromEntries(
    Object.entries(cascades).map(([name, others]) => [
      name,
      [...new Set(others.flatMap((other) => [other, models.of(other)]))],
    ]),
  );
}
