import type { RequestListener } from 'node:http';
import { kindOf, StaticGeneratorError } from '../../errors.js';
import type { OptionReader } from '../../option-reader.js';

/** What people pass instead of a request listener, and what to pass then. */
const instead: readonly (readonly [method: string, remedy: string])[] = [
  ['routing', 'give its `routing`'],
  ['callback', 'give its callback()'],
  ['getHttpAdapter', 'give its getHttpAdapter().getInstance()'],
  ['then', 'await it first'],
  ['listen', 'give what the server was made with'],
];

/** Throws `ERR_NOT_ATTACHED`, with the remedy, if the value is no request listener. */
export function assertListener(
  given: unknown,
  member: 'attach' | 'handler' = 'attach',
): asserts given is RequestListener {
  if (typeof given === 'function') return;
  const mayHave = typeof given === 'object' && given !== null;
  const found = mayHave
    ? instead.find(([name]) => typeof Reflect.get(given, name) === 'function')
    : undefined;
  const remedy = found === undefined ? '' : `; ${found[1]}`;
  throw new StaticGeneratorError(
    'ERR_NOT_ATTACHED',
    `Expected ${member}() to get the app that express() returns, or another request listener, got ${kindOf(given)}${remedy}`,
  );
}

/** Reads the option `app`. */
export function readApp(read: OptionReader): (() => Promise<unknown>) | undefined {
  const app = read.raw('app');
  if (app === undefined) return undefined;
  if (typeof app !== 'function') return read.refuse('app', 'a function that imports the app', app);
  return async () => app();
}
