import type { RequestListener } from 'node:http';
import type { ResolvedConfig } from '../config.js';
import { StaticGeneratorError } from '../errors.js';

/** The app that a configuration names, imported for the time of a command. */
export interface LoadedApp {
  readonly listener: RequestListener;
  readonly close: () => Promise<void>;
}

const EXPECTED =
  'a function that imports a module with a request listener as `default` or `app`, as in `app: () => import("./app.js")`';

/**
 * Imports the app. Throws `ERR_CONFIG_FILE` if there is none. It is closed by what its module exports: `close()`, or
 * `pages.close()`; a module that exports neither is ended with the process.
 */
export async function loadApp({ app }: ResolvedConfig): Promise<LoadedApp> {
  if (app === undefined) throw appError(`Expected \`app\` to be ${EXPECTED}, got nothing`);
  const module = await app();
  const listener = [member(module, 'default'), member(module, 'app'), module].find(isListener);
  if (listener === undefined) throw appError(`Expected \`app\` to be ${EXPECTED}, got a module without one`);
  const close = member(module, 'close') ?? member(member(module, 'pages'), 'close');
  return { listener, close: async () => void (isFunction(close) ? await close() : undefined) };
}

function member(holder: unknown, name: string): unknown {
  const mayHave = typeof holder === 'object' || typeof holder === 'function';
  return mayHave && holder !== null ? Reflect.get(holder, name) : undefined;
}

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function';
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}

function appError(message: string): StaticGeneratorError {
  return new StaticGeneratorError('ERR_CONFIG_FILE', message, { fields: { option: 'app' } });
}
