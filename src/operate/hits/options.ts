import { isPlainObject, type OptionReader } from '../../option-reader.js';

/** How nginx reports hits to the app. */
export interface CountHits {
  /** The UDP port of 127.0.0.1 on which the app listens; each site of a machine needs its own. Default: 9514. */
  readonly port?: number;
  /** nginx reports one of this many hits, chosen at random: `1` for all, or another divisor of 10,000. Default: 100. */
  readonly oneIn?: number;
}

export type ResolvedCountHits = Readonly<Required<CountHits>>;

/** The port of syslog (514) plus 9,000; it is not a registered port. */
const DEFAULT_PORT = 9_514;
const DEFAULT_ONE_IN = 100;
const MAX_PORT = 65_535;
/** nginx can choose by hundredths of a percent: with a number that does not divide 10,000, counts would be wrong. */
const FINEST = 10_000;

/** Reads the option `countHits`. Returns `undefined` if hits are not counted. */
export function readCountHits(read: OptionReader): ResolvedCountHits | undefined {
  const value = read.raw('countHits');
  if (value === undefined || value === false) return undefined;
  if (value === true) return { port: DEFAULT_PORT, oneIn: DEFAULT_ONE_IN };
  if (!isPlainObject(value))
    return read.refuse('countHits', 'true, false, or an object with port and oneIn', value);
  const group = read.group('countHits');
  group?.refuseUnknown(['port', 'oneIn']);
  const { port = DEFAULT_PORT, oneIn = DEFAULT_ONE_IN } = value;
  if (!isWhole(port, MAX_PORT)) group?.refuse('port', 'a port from 1 to 65535', port);
  else if (!isWhole(oneIn, FINEST) || FINEST % oneIn !== 0)
    group?.refuse('oneIn', 'a divisor of 10000, such as 1, 10 or 100', oneIn);
  else return { port, oneIn };
  return undefined;
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most;
}
