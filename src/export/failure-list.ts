import { messageOf, StaticGeneratorError } from '../errors.js';
import type { FileRecord } from './folder/manifest.js';
import { AnswerProblem, type Job, keyOf } from './pages/job.js';

/** Why a page, or a whole route, could not be exported. */
export interface ExportFailure {
  /** The URL path; for a route that gives no pages, the route. */
  readonly path: string;
  readonly message: string;
  readonly route?: string;
  readonly variant?: string;
  readonly linkedFrom?: string;
  readonly status?: number;
  /** The error that was thrown. */
  readonly error?: unknown;
}

/** The failures of an export. */
export class FailureList {
  readonly all: ExportFailure[] = [];
  readonly #pages = new Set<string>();

  add(failure: ExportFailure): void {
    this.all.push(failure);
  }

  /** Adds a page with the error that stopped it. */
  addPage({ path, route, variant, linkedFrom }: Job, error: unknown): void {
    const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
    const about = {
      ...(route === undefined ? {} : { route }),
      ...(variant === undefined ? {} : { variant: variant.name }),
      ...(linkedFrom === undefined ? {} : { linkedFrom }),
    };
    this.#pages.add(keyOf(path, variant?.name));
    if (!(cause instanceof AnswerProblem))
      this.add({ path, message: messageOf(cause), ...about, error: cause });
    else {
      const { status, thrown, message } = cause;
      this.add({ path, message, ...about, status, ...(thrown === undefined ? {} : { error: thrown }) });
    }
  }

  /** Whether a page of the earlier export has failed in this one. */
  has({ render }: FileRecord): boolean {
    return render !== undefined && this.#pages.has(keyOf(render.path, render.variant));
  }

  /** Says how many of the pages failed, and how many other failures there are: links, routes, sitemaps and so on. */
  describe(pages: number): string {
    const failed = this.#pages.size;
    const others = this.all.length - failed;
    const named = others === 1 ? 'failure' : 'failures';
    if (failed === 0) return `${others} ${named}`;
    const ofPages = `${failed} of ${pages} ${pages === 1 ? 'page' : 'pages'} failed`;
    return others === 0 ? ofPages : `${ofPages}, and ${others} other ${named}`;
  }

  /** Sorts by path: the order in which pages were ready is chance. */
  sort(): void {
    this.all.sort(compareFailures);
  }
}

function compareFailures(a: ExportFailure, b: ExportFailure): number {
  const [first, second] = [a, b].map(({ path, variant = '', message }) =>
    JSON.stringify([path, variant, message]),
  );
  return String(first) < String(second) ? -1 : 1;
}

/** Describes one failure in one line. */
export function describeFailure({ path, message, route, variant, linkedFrom }: ExportFailure): string {
  const details = [
    ...(route === undefined || route === path ? [] : [`route ${route}`]),
    ...(variant === undefined ? [] : [`variant ${variant}`]),
    ...(linkedFrom === undefined ? [] : [`linked from ${linkedFrom}`]),
  ];
  return `${path}${details.length === 0 ? '' : ` (${details.join(', ')})`}: ${message}`;
}
