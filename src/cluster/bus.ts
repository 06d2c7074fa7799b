/** A position in the shared log. Positions count from 1 without gaps, within one epoch. */
export interface BusPosition {
  /** Changes whenever the engine may have lost what it had acknowledged: emptied, restarted, failed over, restored. */
  readonly epoch: string;
  readonly last: number;
}

/** What a host has reported about itself. */
export interface HostRow {
  /** Changes whenever one of the host's processes reports; a number is never used again within an epoch. */
  readonly beat: number;
  /** The host has carried out all entries up to this position. */
  readonly cursor: number;
  /**
   * The host serves nothing before its cursor is here: others may not have waited for it to carry out earlier entries.
   */
  readonly servesFrom: number;
  /** The name of the host's machine, for people. */
  readonly name: string;
}

/** Everything that the bus knows at one instant. */
export interface BusState extends BusPosition {
  /** The epoch before this one; empty if it is not known. */
  readonly previous: string;
  /** How much of the log of the previous epoch is still there. */
  readonly base: number;
  /** Whether the register is sure to contain all hosts that serve: a term has passed since the epoch began. */
  readonly settled: boolean;
  readonly hosts: ReadonlyMap<string, HostRow>;
}

/** A host of the register, as an observer from outside sees it. */
export interface SurveyedHost extends HostRow {
  /** Time since its last report, by the engine's own clock. It is for people: no host bases a decision on it. */
  readonly silentMilliseconds: number;
}

/** What the bus knows, for people. */
export interface Survey extends BusPosition {
  readonly settled: boolean;
  /** False if the engine was replaced or restarted since; the next host that reports then begins another epoch. */
  readonly isCurrent: boolean;
  readonly hosts: ReadonlyMap<string, SurveyedHost>;
}

export interface BusEntry {
  readonly position: number;
  readonly text: string;
}

/** A part of the log. */
export interface BusRead extends BusPosition {
  /** In order. If the first one does not directly follow the last position that was read, the log has been cut. */
  readonly entries: readonly BusEntry[];
}

/** What a host reports; each report renews its term. */
export interface TellingHost {
  readonly host: string;
  readonly name: string;
  /** The epoch of the cursor. If the bus is in another epoch, it records nothing. */
  readonly epoch: string;
  readonly cursor: number;
}

/**
 * The log of invalidations that hosts share, and the register of these hosts. Each method is atomic, and returns what
 * holds at one instant. All reject if the engine cannot be reached. The caller then cannot know whether the engine has
 * done the work; to call again does no harm.
 */
export interface Bus {
  /** Appends entries, and returns the position of the last one. */
  append(texts: readonly string[]): Promise<BusPosition>;
  /** Returns the entries after a position, `limit` at most. */
  read(after: number, limit: number): Promise<BusRead>;
  state(): Promise<BusState>;
  /** Returns the current state, and changes nothing. `undefined` if no host has ever shared this log. */
  survey(): Promise<Survey | undefined>;
  /** Records how far a host is. Adds a host that is not in the register; it serves from the end of the log. */
  tell(host: TellingHost): Promise<BusState>;
  /** Takes a host off the register; with a beat, only if the host has reported nothing since. */
  drop(host: string, beat?: { readonly epoch: string; readonly beat: number }): Promise<BusState>;
  /** Records that a term has passed since an epoch began. */
  settle(epoch: string): Promise<BusState>;
  /** Calls a function when there may be new entries. The call may come too often, or too late. */
  listen(onNews: () => void): void;
  /** Closes the connections; may be called twice. Calls that are still running reject. */
  close(): Promise<void>;
}

/**
 * The value of the option `cluster`: which bus the hosts of a site share, and how. Creating one connects to nothing.
 */
export interface Cluster {
  /** How long a host may serve without the bus, and how long others wait for a dead host, in milliseconds. */
  readonly termMilliseconds: number;
  /** For people; contains no passwords. */
  readonly description: string;
  readonly connect: () => Bus;
}
