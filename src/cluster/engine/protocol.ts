import { StaticGeneratorError } from '../../errors.js';

/** The shape of register, log and entries. */
const PROTOCOL = 1;

/** What all hosts have to have in common. */
export function protocolOf(termMilliseconds: number): string {
  return `${PROTOCOL} ${termMilliseconds}`;
}

/** The error for a host whose protocol is not the one that the others at a place have. */
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
