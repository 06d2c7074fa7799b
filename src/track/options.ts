import type { Target } from '../change/targets/target.js';
import type { Logger } from '../log.js';
import { isPlainObject, type OptionProblem, OptionReader } from '../option-reader.js';
import type { Change } from './change.js';
import { mergeLists } from './list-tags.js';
import { defaultName } from './tags.js';

/** Returns the pages of a record. It is a method, so that the parameter may have the type of the model's records. */
export type UrlsOfRecord = {
  urls(record: unknown, change: Change): Target | readonly Target[];
}['urls'];

/** The options of every adapter. */
export interface TrackOptions {
  /** The models that are tracked, by name. Default: all. */
  readonly entities?: readonly string[] | ((model: string) => boolean);
  /** The name of a model in tags. Default: its name with a small first letter: `Post` becomes `post`. */
  readonly name?: (model: string) => string;
  /** Further pages of a saved or deleted record: `{ Post: (post) => `/posts/${post.slug}` }`. */
  readonly urls?: Readonly<Record<string, UrlsOfRecord>>;
  /** Returns true if no page depends on a change, such as that of a view counter. */
  readonly ignore?: (change: Change) => boolean;
  /** The property that is a model's key, or the properties of a composite key, if the ORM does not report them. */
  readonly ids?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * For each model, the columns that distinguish its lists, as named in the database. With `{ Comment: 'post_id' }`,
   * the comments of one post are a list. The columns must hold integers or UUIDs. An ORM adds its foreign keys.
   */
  readonly lists?: Readonly<Record<string, string | readonly string[]>>;
  /** For each model, the models whose records the database deletes or changes along with a record of it. */
  readonly cascades?: Readonly<Record<string, readonly string[]>>;
  /** Called with failures, which are also logged. An adapter never throws into a committed transaction. */
  readonly onError?: (error: unknown) => void;
}

/** The options with their defaults. */
export interface ResolvedTrackOptions extends Omit<Required<TrackOptions>, 'entities' | 'lists'> {
  /** The columns in lower case. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly isTracked: (model: string) => boolean;
  /** The models that the options name. */
  readonly named: readonly string[];
}

/** A check of an option's value, and a text that says what is expected. */
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
 * Checks the options of an adapter, before it reads them. `own` are its options that are not {@link TrackOptions}, and
 * `problems` those that it has already found. Throws `ERR_OPTIONS` with every problem.
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

/** Checks the options and adds their defaults. Throws `ERR_OPTIONS` with every problem. */
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

/** Warns of names that are not among the `models`. With a misspelled name, the model's pages would stay. */
export function warnOfStrangers(
  models: readonly string[] | undefined,
  { options, logger }: { readonly options: ResolvedTrackOptions; readonly logger: Logger },
): void {
  const strangers = models === undefined ? [] : options.named.filter((name) => !models.includes(name));
  if (strangers.length > 0)
    logger.warn({ strangers, models }, 'the options of the tracking name models that do not exist');
}

/** Checks the first argument of an adapter: the object of the site. */
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

/** Whether it is an object in which each value is a name or an array of names. */
export function isRecordOfColumns(value: unknown): boolean {
  return isRecordOf(value, (one) => typeof one === 'string' || isStrings(one));
}

export function isRecordOfLists(value: unknown): boolean {
  return isRecordOf(value, isStrings);
}

/** The names of all models and, for each, the model that stands for all models of its table. */
export interface StandIns {
  names(): readonly string[];
  of(model: string): string;
}

/** Returns the options, with what they say about any model of a table also said about the model that stands for it. */
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

/** Adds to each stand-in what is said about the models for which it stands. */
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
