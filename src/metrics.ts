/** What was counted since the last time: `hit`, `stored`, `bypass:<reason>`, `refused:<reason>`, `deleted`. */
export type Counts = ReadonlyMap<string, number>;

/** The newest refusal of a page. */
export interface RefusedPage {
  readonly host: string;
  readonly path: string;
  readonly reason: string;
  readonly detail: string | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface NginxSeen {
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Measured {
  readonly counts: Counts;
  readonly refusals: readonly RefusedPage[];
  /** The fingerprint of the nginx that the last request came through, if one did. */
  readonly nginx: NginxSeen | undefined;
}

/** Where figures are added up, for all processes of a site. */
export interface MetricsLedger {
  note(measured: Measured): Promise<void>;
}

/** Hostile URLs should not fill the memory between two notes. */
const MAX_REFUSALS = 1_000;

/** Counts in memory what requests come to, until the figures are noted. */
export class Metrics {
  #counts = new Map<string, number>();
  #refusals = new Map<string, RefusedPage>();
  #nginx: NginxSeen | undefined;

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  refuse(page: RefusedPage): void {
    this.count(`refused:${page.reason}`);
    if (this.#refusals.size < MAX_REFUSALS) this.#refusals.set(`${page.host}${page.path}`, page);
  }

  sawNginx(fingerprint: string): void {
    this.#nginx = { fingerprint, at: Date.now() };
  }

  /** Has the figures since the last time noted, if there are any. What cannot be noted is kept for the next time. */
  async noteIn(ledger: MetricsLedger): Promise<void> {
    const measured = this.#drain();
    if (measured === undefined) return;
    try {
      await ledger.note(measured);
    } catch (error) {
      // The fault that kept it from being noted is among what people want to know.
      this.#giveBack(measured);
      throw error;
    }
  }

  #drain(): Measured | undefined {
    if (this.#counts.size === 0 && this.#nginx === undefined) return undefined;
    const measured = { counts: this.#counts, refusals: [...this.#refusals.values()], nginx: this.#nginx };
    this.#nginx = undefined;
    this.#counts = new Map();
    this.#refusals = new Map();
    return measured;
  }

  /** Unless something newer is known. */
  #giveBack({ counts, refusals, nginx }: Measured): void {
    for (const [name, by] of counts) this.count(name, by);
    for (const page of refusals) {
      const key = `${page.host}${page.path}`;
      if (this.#refusals.size < MAX_REFUSALS && !this.#refusals.has(key)) this.#refusals.set(key, page);
    }
    this.#nginx ??= nginx;
  }
}
