/** A place in the shared log. Positions count from 1 without gaps, within one epoch. */
export interface BusPosition {
  /** Another one whenever the engine may have lost what it had acknowledged: emptied, restarted, failed over, restored. */
  readonly epoch: string;
  readonly last: number;
}

/** What a host has told of itself. */
export interface HostRow {
  /** Another number whenever one of its processes has told something; never used again within an epoch. */
  readonly beat: number;
  /** It has carried out all entries up to here. */
  readonly cursor: number;
  /** Before it has come this far it serves nothing: entries up to here may have been given up waiting for. */
  readonly servesFrom: number;
  /** For people: the name of its machine. */
  readonly name: string;
}

/** All that the bus knows, at one instant. */
export interface BusState extends BusPosition {
  /** The epoch before this one; empty if that is not known. */
  readonly previous: string;
  /** How much of the log of the epoch before is still there. */
  readonly base: number;
  /** Whether all hosts that serve are sure to be registered: a term has passed since the epoch began. */
  readonly settled: boolean;
  readonly hosts: ReadonlyMap<string, HostRow>;
}

/** A host of the register as somebody who looks from outside sees it. */
export interface SurveyedHost extends HostRow {
  /** How long ago it has told something, by the engine's own clock. For people: no host decides anything by it. */
  readonly silentMilliseconds: number;
}

/** What the bus knows, for people. */
export interface Survey extends BusPosition {
  readonly settled: boolean;
  /** False: the engine is another one by now, or was restarted; the next host that tells something begins another epoch. */
  readonly isCurrent: boolean;
  readonly hosts: ReadonlyMap<string, SurveyedHost>;
}

export interface BusEntry {
  readonly position: number;
  readonly text: string;
}

/** A part of the log. */
export interface BusRead extends BusPosition {
  /** In order; where the first does not follow what was read before, the log has been cut. */
  readonly entries: readonly BusEntry[];
}

/** What a host tells; each time, its term restarts. */
export interface TellingHost {
  readonly host: string;
  readonly name: string;
  /** Of its cursor. If it is not that of the bus, nothing is noted. */
  readonly epoch: string;
  readonly cursor: number;
}

/**
 * The log of invalidations that hosts share, and the register of these hosts. Each verb is atomic, and gives what holds at
 * one instant. All reject if the engine cannot be reached; whether it has done what was asked is not known then, and
 * asking again does no harm.
 */
export interface Bus {
  /** Appends entries; the position of the last. */
  append(texts: readonly string[]): Promise<BusPosition>;
  /** The entries after a position, so many at the most. */
  read(after: number, limit: number): Promise<BusRead>;
  state(): Promise<BusState>;
  /** What there is now; nothing is changed by looking, whoever looks. Undefined: no host has ever shared this log. */
  survey(): Promise<Survey | undefined>;
  /** Notes how far a host is. One that is not in the register is entered: it serves from the end of the log. */
  tell(host: TellingHost): Promise<BusState>;
  /** Takes a host off the register; with a beat, only if it has told nothing since. */
  drop(host: string, beat?: { readonly epoch: string; readonly beat: number }): Promise<BusState>;
  /** Notes that a term has passed since an epoch began. */
  settle(epoch: string): Promise<BusState>;
  /** Has a function called when there may be entries; it may be called too often, and too late. */
  listen(onNews: () => void): void;
  /** Idempotent. What is under way rejects. */
  close(): Promise<void>;
}

/** What the option `cluster` takes: which bus the hosts of a site share, and how. Nothing is connected by making one. */
export interface Cluster {
  /** How long a host may serve without the bus, and how long others wait for one that is dead, in milliseconds. */
  readonly termMilliseconds: number;
  /** For people, without passwords. */
  readonly description: string;
  readonly connect: () => Bus;
}
