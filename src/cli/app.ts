import type { RequestListener } from 'node:http';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResolvedConfig } from '../config.js';
import { importError } from '../config-file.js';
import { StaticGeneratorError } from '../errors.js';
import type { NginxOptions } from '../front/nginx/options.js';

/** The app that a configuration names, imported while a command runs. */
export interface LoadedApp {
  readonly listener: RequestListener;
  readonly close: () => Promise<void>;
}

const EXPECTED =
  'a function that imports a module with a request listener as `default` or `app`, as in `app: () => import("./app.js")`';
const MISSING =
  'The configuration has no `app`, which this command needs to render pages. Add it: app: () => import("./app.js"), a module that exports the app as `default` or `app`';

/**
 * Imports the app. Throws `ERR_CONFIG_FILE` if there is none. To close it, calls what its module exports: `close()`, or
 * `pages.close()`. A module that exports neither stops with the process.
 */
export async function loadApp({ app }: ResolvedConfig): Promise<LoadedApp> {
  if (app === undefined) throw appError(MISSING);
  const module = await app().catch((error: unknown) => {
    throw importError('The app that the configuration names', error, { option: 'app' });
  });
  const listener = [member(module, 'default'), member(module, 'app'), module].find(isListener);
  if (listener === undefined) throw appError(`Expected \`app\` to be ${EXPECTED}, got a module without one`);
  const close = member(module, 'close') ?? member(member(module, 'pages'), 'close');
  return { listener, close: async () => void (isFunction(close) ? await close() : undefined) };
}

/** The part of the app's pages that is used while a command runs. */
export interface LoadedPages {
  readonly nginx: (options: NginxOptions) => unknown;
  readonly close: () => Promise<void>;
}

/**
 * Imports a module of the app, and finds what `staticGenerator()` returned: exported as `pages`, as `default`, under
 * another name, or as separate members. Throws `ERR_CONFIG_FILE`.
 */
export async function loadPages(file: string): Promise<LoadedPages> {
  const module = await importModule(resolve(file));
  const exported = Object.values(module);
  const holders = [member(module, 'pages'), ...exported, member(member(module, 'default'), 'pages'), module];
  const pages = holders.find((holder) => isFunction(member(holder, 'nginx')));
  const [nginx, close] = [member(pages, 'nginx'), member(pages, 'close')];
  if (!isFunction(nginx))
    throw appError(
      `Expected ${file} to export what staticGenerator() returns, as in \`export const pages = staticGenerator({ … })\`, found none`,
    );
  return { nginx, close: async () => void (isFunction(close) ? await close() : undefined) };
}

async function importModule(file: string): Promise<object> {
  try {
    if (extname(file) !== '.ts') return await import(pathToFileURL(file).href);
    const { createJiti } = await import('jiti');
    return await createJiti(pathToFileURL(file).href, { fsCache: false }).import<object>(file);
  } catch (error) {
    throw importError(`The app ${file}`, error, { option: 'app', path: file });
  }
}

function member(holder: unknown, name: string): unknown {
  const mayHave = typeof holder === 'object' || typeof holder === 'function';
  return mayHave && holder !== null ? Reflect.get(holder, name) : undefined;
}

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function';
}

function isFunction(value: unknown): value is (...given: readonly unknown[]) => unknown {
  return typeof value === 'function';
}

function appError(message: string): StaticGeneratorError {
  return new StaticGeneratorError('ERR_CONFIG_FILE', message, { fields: { option: 'app' } });
}
