import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import type { OptionProblem } from '../../option-reader.js';
import { portOf } from '../hosts.js';

const LISTEN = /^(?:(?:[a-z0-9.-]+|\*|\[[0-9a-f:.]+\]):)?\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const UPSTREAM = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]):\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const SERVER_NAME = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const MAX_PORT = 65_535;
export const LISTEN_ADDRESS = 'a port, address:port or unix:/path';
export const PATH = 'an absolute path without `$` and control characters';

/** Returns a problem in the words of the command line, because most options are written there. */
export function problem(option: string, expected: string, got: string): OptionProblem {
  return { option, message: `Expected \`--${option}\` to be ${expected}, got ${got}` };
}

export function checkEach(
  option: string,
  values: readonly string[],
  isRight: (value: string) => boolean,
  expected: string,
): readonly OptionProblem[] {
  if (values.length === 0) return [problem(option, expected, 'nothing')];
  return values
    .filter((value) => !isRight(value))
    .map((value) => problem(option, expected, JSON.stringify(value)));
}

export function checkNumber(
  option: string,
  value: number,
  [least, most]: readonly [least: number, most: number],
  unit: string,
): readonly OptionProblem[] {
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [problem(option, `a whole number of ${unit} from ${least} to ${most}`, String(value))];
}

export const isListen = (value: string): boolean => LISTEN.test(value) && hasPossiblePort(`:${value}`);
export const isUpstream = (value: string): boolean => UPSTREAM.test(value) && hasPossiblePort(value);
export const isServerName = (value: string): boolean => SERVER_NAME.test(value) && hasPossiblePort(value);
export const isPath = (value: string): boolean => isAbsolute(value) && !/\p{Cc}|\$/u.test(value);

function hasPossiblePort(address: string): boolean {
  const port = portOf(address);
  return port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT);
}

/**
 * Whether the value is an address, a network in CIDR notation, or `unix:` for all that connect through a socket. The
 * whole Internet (`/0`) is not allowed.
 */
export function isProxy(value: string): boolean {
  if (value === 'unix:') return true;
  const [address = '', length, ...more] = value.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || more.length > 0 || address.includes('%')) return false;
  return length === undefined || (/^[1-9]\d{0,2}$/.test(length) && Number(length) <= bits);
}
