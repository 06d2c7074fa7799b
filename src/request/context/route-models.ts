import { LRUCache } from 'lru-cache';

/** What is known of the pages of one route of the app. */
interface KnownRoute {
  /** The models that any of its renders has read in its own context. */
  readonly models: Set<string>;
  /** Pages that were rendered beside others, and read no more than what is known. */
  readonly doubtful: Set<string>;
}

const MAX_ROUTES = 1_000;
/** More pages of a route are not remembered; a model that is found late is then found for the newest alone. */
const MAX_DOUBTFUL = 1_000;

/**
 * The models that the pages of a route read. A render that lacks one, beside others, may have had it read by another: a loader
 * that all requests share reads for several, in the context of the first.
 */
export class RouteModels {
  readonly #routes = new LRUCache<string, KnownRoute>({ max: MAX_ROUTES });

  /** Whether renders of this route have read models that this one has not. */
  isLacking(route: string, models: ReadonlySet<string>): boolean {
    const known = this.#routes.get(route)?.models ?? new Set();
    return [...known].some((model) => !models.has(model));
  }

  /** Adds what a render has read; gives the pages for which that was not known when they were stored. */
  learn(route: string, models: ReadonlySet<string>): readonly string[] {
    const known = this.#of(route);
    const before = known.models.size;
    for (const model of models) known.models.add(model);
    if (known.models.size === before || before === 0) return [];
    const found = [...known.doubtful];
    known.doubtful.clear();
    return found;
  }

  /** Remembers a page that was rendered beside others. */
  doubt(route: string, path: string): void {
    const { doubtful } = this.#of(route);
    if (doubtful.size >= MAX_DOUBTFUL) doubtful.delete(doubtful.values().next().value ?? '');
    doubtful.add(path);
  }

  #of(route: string): KnownRoute {
    const known = this.#routes.get(route) ?? { models: new Set(), doubtful: new Set() };
    this.#routes.set(route, known);
    return known;
  }
}

/** What the app calls the pages of the route that has answered a request, where its framework tells: Express does. */
export function routeOf(request: object): string | undefined {
  const { route, baseUrl } = request as Readonly<Record<string, unknown>>;
  const path: unknown = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined;
  return path === undefined ? undefined : `${String(baseUrl)} ${String(path)}`;
}
