import type { ShownStanding } from '../../ledger/ledger.js';
import type { Survey, SurveyedHost } from '../bus.js';
import { ownTermOf } from '../term.js';
import type { NamesNow } from './names.js';
import { type HostState, hostStates } from './states.js';

/** What is known of the host that looks, without a request to the bus or to another host. */
export interface OwnFacts {
  /** `undefined` if no process has opened its ledger for several hosts, or if there is no ledger. */
  readonly standing: ShownStanding | undefined;
  readonly names: NamesNow;
}

export interface Facts {
  readonly own: OwnFacts;
  /** `undefined` if the bus cannot be reached, or if no host has ever used it. */
  readonly survey: Survey | undefined;
  readonly isReached: boolean;
  readonly termMilliseconds: number;
}

/** One host, as it is shown. */
export interface HostView {
  readonly id: string;
  /** The name of its machine; `null` if the host is not in the register. */
  readonly name: string | null;
  readonly isThis: boolean;
  readonly state: HostState;
  readonly explanation: string;
  /** How long the host may still serve, at most, if it does not report again. */
  readonly termLeftMilliseconds: number;
  /** Time since its last report, by the clock of the bus; `null` if the host is not in the register. */
  readonly silentMilliseconds: number | null;
  /** The host has carried out all entries up to this position. */
  readonly cursor: number | null;
  /** How many entries of the log it has not carried out; `null` if that is not known. */
  readonly behind: number | null;
}

/** Returns every known host: those of the register, and this one. This one comes first, the others by name. */
export function hostsOf(facts: Facts): readonly HostView[] {
  const { own, survey } = facts;
  const id = own.standing?.host;
  const others = [...(survey?.hosts ?? [])].filter(([host]) => host !== id);
  const views = others.map(([host, row]) => otherHost(host, row, facts));
  const sorted = views.sort((a, b) => compare(a.name ?? '', b.name ?? '') || compare(a.id, b.id));
  const mine = ownHost(facts);
  return mine === undefined ? sorted : [mine, ...sorted];
}

/** Returns what this host does, if that can be known. */
export function ownStateOf({ own, survey, isReached, termMilliseconds }: Facts): HostState {
  const { standing, names } = own;
  if (standing === undefined) return 'not-started';
  if (!isReached) return names.state === 'serves' ? 'cut-off' : 'no-term';
  const row = survey?.hosts.get(standing.host);
  if (standing.epoch === undefined) return 'cold-start';
  if (survey !== undefined && survey.epoch !== standing.epoch) return 'other-epoch';
  if (row === undefined) return 'absent';
  const state = stateOfRow(row, termMilliseconds);
  if (state === 'catching-up' && standing.deletesAll) return 'cold-start';
  if (state !== 'serves' || names.state === 'serves') return state;
  return names.state === 'clock' ? 'clock' : 'no-names';
}

function ownHost(facts: Facts): HostView | undefined {
  const { own, survey, termMilliseconds } = facts;
  const { standing } = own;
  if (standing === undefined) return undefined;
  const row = survey?.hosts.get(standing.host);
  const state = ownStateOf(facts);
  return {
    ...{ id: standing.host, name: row?.name ?? null, isThis: true },
    ...{ state, explanation: hostStates[state] },
    termLeftMilliseconds: row === undefined ? 0 : termLeft(row, termMilliseconds),
    ...{ silentMilliseconds: row?.silentMilliseconds ?? null, cursor: standing.applied },
    // A position of another epoch cannot be compared.
    behind: survey && survey.epoch === standing.epoch ? Math.max(0, survey.last - standing.applied) : null,
  };
}

function otherHost(id: string, row: SurveyedHost, { survey, termMilliseconds }: Facts): HostView {
  const state = stateOfRow(row, termMilliseconds);
  return {
    ...{ id, name: row.name, isThis: false, state, explanation: hostStates[state] },
    ...{ termLeftMilliseconds: termLeft(row, termMilliseconds), silentMilliseconds: row.silentMilliseconds },
    ...{ cursor: row.cursor, behind: Math.max(0, (survey?.last ?? row.cursor) - row.cursor) },
  };
}

/** Returns the state of a host, from its row in the register alone. */
function stateOfRow(row: SurveyedHost, termMilliseconds: number): HostState {
  if (row.silentMilliseconds >= ownTermOf(termMilliseconds)) return 'silent';
  return row.cursor < row.servesFrom ? 'catching-up' : 'serves';
}

/** Returns how much of its term a host has left. A host that still has to catch up has no term. */
function termLeft(
  { silentMilliseconds, cursor, servesFrom }: SurveyedHost,
  termMilliseconds: number,
): number {
  return cursor < servesFrom ? 0 : Math.max(0, ownTermOf(termMilliseconds) - silentMilliseconds);
}

/** Compares by code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
