import { StaticGeneratorError } from '../../errors.js';

/** The version of the format of the register, the log and the entries. */
const PROTOCOL = 1;

/** The log keeps at least this many entries; a host that is further behind deletes all its pages. */
export const KEPT_ENTRIES = 10_000;

/** Returns the text that must be the same on all hosts. */
export function protocolOf(termMilliseconds: number): string {
  return `${PROTOCOL} ${termMilliseconds}`;
}

/** Returns the error for a host whose protocol differs from the one that the other hosts at a place use. */
export function otherCluster(place: string, others: string): StaticGeneratorError {
  const [protocol = '', term = ''] = others.split(' ');
  const hasOtherTerm = Number(protocol) === PROTOCOL;
  const what = hasOtherTerm
    ? `a term of ${Number(term) / 1000} s`
    : `protocol ${protocol} of another release`;
  return new StaticGeneratorError(
    'ERR_CLUSTER_UNREACHABLE',
    `The hosts that share ${place} have ${what}. All hosts need the same: stop the others first, or give this site another \`name\``,
  );
}
