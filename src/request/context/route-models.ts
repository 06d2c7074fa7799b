import { LRUCache } from 'lru-cache';

/** What is known about the pages of one route of the app. */
interface KnownRoute {
  /** The models that any of its renders has read in its own context. */
  readonly models: Set<string>;
  /** Pages that were rendered at the same time as others, and have read exactly the known models. */
  readonly doubtful: Set<string>;
}

const MAX_ROUTES = 1_000;
/** How many pages of a route are remembered. If a model is found late, only the newest pages are then deleted. */
const MAX_DOUBTFUL = 1_000;

/**
 * The models that the pages of a route read. If a render runs at the same time as others and lacks one, another render
 * may have read it: a loader that all requests share reads for several requests, in the context of the first.
 */
export class RouteModels {
  readonly #routes = new LRUCache<string, KnownRoute>({ max: MAX_ROUTES });

  /** Whether renders of this route have read models that this one has not. */
  isLacking(route: string, models: ReadonlySet<string>): boolean {
    const known = this.#routes.get(route)?.models ?? new Set();
    return [...known].some((model) => !models.has(model));
  }

  /** Adds what a render has read. Returns the pages that were stored before this was known. */
  learn(route: string, models: ReadonlySet<string>): readonly string[] {
    const known = this.#of(route);
    const before = known.models.size;
    for (const model of models) known.models.add(model);
    if (known.models.size === before || before === 0) return [];
    const found = [...known.doubtful];
    known.doubtful.clear();
    return found;
  }

  /** Remembers a page that was rendered at the same time as others. */
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

/** Returns what the app calls the pages of the route that has answered, if its framework says so, as Express does. */
export function routeOf(request: object): string | undefined {
  const { route, baseUrl } = request as Readonly<Record<string, unknown>>;
  const path: unknown = typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined;
  return path === undefined ? undefined : `${String(baseUrl)} ${String(path)}`;
}
