import { messageOf, StaticGeneratorError } from '../../errors.js';
import { compileFileTemplate, type FileTemplate } from './file-template.js';
import type { RoutePattern } from './key.js';
import { compilePath } from './path-pattern.js';
import { compileRegExp } from './regexp-pattern.js';
import { type RouteValues, show } from './values.js';

/** The pages that a route stands for: their values, or a function that returns the values when an export begins. */
export type RouteParams =
  | Iterable<RouteValues>
  | AsyncIterable<RouteValues>
  | ((route: string) => RouteParamsGiven | Promise<RouteParamsGiven>);

/** What a function of `params` returns; nothing means the one page without parameters. */
export type RouteParamsGiven = Iterable<RouteValues> | AsyncIterable<RouteValues> | undefined | null;

/** How a route is exported. */
export interface RouteOptions {
  /**
   * The values of each page. A string stands for the one parameter, an array for all in order, an object for all by
   * name. Default: one page without parameters.
   */
  readonly params?: RouteParams;
  /** The file of each page, instead of one named by its path: `'posts/{slug}.html'`; `{}` and `{0}` go by order. */
  readonly file?: string;
  /** The statuses with which a page is exported; any other is a failure. Default: `[200]`. */
  readonly statuses?: readonly number[];
  /** Whether the pages are exported in each variant of the export, or once. Default: true. */
  readonly variants?: boolean;
}

/** A route as it was declared, perhaps by another copy of this package. */
export interface RouteDeclaration {
  readonly path: unknown;
  readonly options: unknown;
}

/** A route that can be exported. */
export interface Route {
  /** The path as it was written. */
  readonly name: string;
  readonly pattern: RoutePattern;
  readonly params: unknown;
  readonly file: FileTemplate | undefined;
  readonly statuses: readonly number[];
  readonly variants: boolean;
}

const OPTIONS: readonly string[] = Object.keys({
  params: 0,
  file: 0,
  statuses: 0,
  variants: 0,
} satisfies Record<keyof RouteOptions, 0>);

/** The routes of one site, as the app declares them next to its routing. */
export class Routes {
  readonly #declared: RouteDeclaration[] = [];

  /** Records a route. Throws `ERR_BAD_ROUTE`. */
  declare(path: string | RegExp, options: RouteOptions = {}): void {
    readRoute({ path, options });
    this.#declared.push({ path, options });
  }

  declared(): readonly RouteDeclaration[] {
    return this.#declared;
  }
}

/** Whether a value is a declaration. {@link readRoute} checks what is declared. */
export function isDeclaration(value: unknown): value is RouteDeclaration {
  return isObject(value) && 'path' in value && 'options' in value;
}

/** Reads a declaration. Throws `ERR_BAD_ROUTE`, which names the route. */
export function readRoute({ path, options }: RouteDeclaration): Route {
  const name = typeof path === 'string' ? path : isRegExp(path) ? String(path) : show(path);
  try {
    return {
      name,
      ...readParts(path, isObject(options) ? options : refuse('options', 'an object', options)),
    };
  } catch (error) {
    throw routeError(name, error);
  }
}

/** Returns an error about a route, which names the route. */
export function routeError(name: string, error: unknown): StaticGeneratorError {
  const message = `The route ${name} cannot be exported: ${messageOf(error)}`;
  return new StaticGeneratorError('ERR_BAD_ROUTE', message, { cause: error, fields: { route: name } });
}

function readParts(path: unknown, options: object): Omit<Route, 'name'> {
  const pattern = readPattern(path);
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined)
    throw new Error(`unknown option \`${unknown}\`; the options are ${OPTIONS.join(', ')}`);
  const {
    params,
    file,
    statuses = [200],
    variants = true,
  }: Readonly<Record<string, unknown>> = { ...options };
  if (typeof variants !== 'boolean') refuse('variants', 'true or false', variants);
  const lacking = params === undefined ? pattern.keys.find(({ isOptional }) => !isOptional) : undefined;
  if (lacking !== undefined) throw new Error(`its parameter \`${lacking.name}\` needs values, in \`params\``);
  return {
    pattern,
    params,
    file: file === undefined ? undefined : readFile(file, pattern),
    statuses: isStatuses(statuses)
      ? statuses
      : refuse('statuses', 'an array of statuses such as [200]', statuses),
    variants: variants === true,
  };
}

function readPattern(path: unknown): RoutePattern {
  if (isRegExp(path)) return compileRegExp(path);
  if (typeof path === 'string' && path.startsWith('/')) return compilePath(path);
  return refuse('path', "a path that starts with '/', or a regular expression", path);
}

function readFile(file: unknown, { keys }: RoutePattern): FileTemplate {
  if (typeof file !== 'string' || file === '')
    return refuse('file', "a text such as 'posts/{slug}.html'", file);
  return compileFileTemplate(file, keys);
}

function refuse(option: string, expected: string, value: unknown): never {
  throw new Error(`expected \`${option}\` to be ${expected}, got ${show(value)}`);
}

function isStatuses(value: unknown): value is readonly number[] {
  const isStatus = (one: unknown) => Number.isSafeInteger(one) && Number(one) >= 200 && Number(one) <= 599;
  return Array.isArray(value) && value.length > 0 && value.every(isStatus);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Also accepts regular expressions of another realm: test runners and sandboxes have their own. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}
