import { messageOf, type StaticGeneratorError } from '../../errors.js';
import { type Route, routeError } from './routes.js';
import { type RouteValues, readValues, show } from './values.js';

/** One page of a route. */
export interface RoutePage {
  readonly path: string;
  /** Its file, where the route says so. */
  readonly file: string | undefined;
}

/**
 * The pages of a route, or what is wrong with single ones. What is wrong with all of them, or happens while the values are
 * given, ends it: then the last is an error.
 */
export async function* pagesOfRoute(route: Route): AsyncGenerator<RoutePage | StaticGeneratorError> {
  try {
    for await (const given of await valuesOf(route)) yield pageOf(route, given);
  } catch (error) {
    yield routeError(route.name, error);
  }
}

function pageOf(route: Route, given: unknown): RoutePage | StaticGeneratorError {
  try {
    const values = readValues(given, route.pattern.keys);
    return { path: route.pattern.build(values), file: route.file?.(values) };
  } catch (error) {
    return routeError(route.name, error);
  }
}

/** Nothing given is one page, without values; so is an empty list where there is nothing to give. */
async function valuesOf({
  name,
  params,
  pattern,
}: Route): Promise<Iterable<unknown> | AsyncIterable<unknown>> {
  const given: unknown = typeof params === 'function' ? await called(() => params(name)) : params;
  if (given === undefined || given === null) return [[]];
  if (!isIterable(given)) {
    throw new Error(
      `expected \`params\` to be an array or another iterable, or a function that returns one, got ${show(given)}`,
    );
  }
  return pattern.keys.length === 0 ? orOne(given) : given;
}

async function called(params: () => unknown): Promise<unknown> {
  try {
    return await params();
  } catch (error) {
    throw new Error(`its \`params\` function failed: ${messageOf(error)}`, { cause: error });
  }
}

async function* orOne(given: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<unknown> {
  let isEmpty = true;
  for await (const one of given) {
    isEmpty = false;
    yield one;
  }
  if (isEmpty) yield [] satisfies RouteValues;
}

/** A text and bytes can be iterated, and are never meant as a list. */
function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
