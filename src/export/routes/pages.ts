import { messageOf, type StaticGeneratorError } from '../../errors.js';
import { type Route, routeError } from './routes.js';
import { type RouteValues, readValues, show } from './values.js';

/** One page of a route. */
export interface RoutePage {
  readonly path: string;
  /** Its file, if the route names one. */
  readonly file: string | undefined;
}

/**
 * Yields the pages of a route, and an error for each page that cannot be one. An error that concerns all pages, or that
 * occurs while the values are listed, is the last that it yields.
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

/** No values mean one page without parameters. So does an empty list, if the route has no parameters. */
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

/** Whether a value is meant as a list. Strings and bytes can be iterated, but never are. */
function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
