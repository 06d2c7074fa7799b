/** The app behind the server: where it listens, and what it learns about a request that the server passes on. */
export interface App {
  readonly upstreams: readonly string[];
  /**
   * Headers that the server overwrites, because anybody can send them. The app gets all others as they were sent. If there
   * is no Host header (HTTP/1.0, HTTP/3), it gets the name that the server goes by.
   */
  readonly overwritten: readonly (readonly [name: string, fact: RequestFact])[];
  /** The protocols that a connection may be upgraded to; another one would be a way past the server. */
  readonly upgrades: readonly string[];
  /** Headers that a server writes by itself: those of the app are passed on, since another header of it may count on them. */
  readonly keptHeaders: readonly string[];
  /** What the app may tell the server by a header of its answer. */
  readonly instructions: readonly Instruction[];
}

/**
 * `redirect`: to answer with something else that the server has. An app that repeats what it was sent, or passes on what
 * another server said, would open to anybody what is closed.
 */
export type Instruction = 'buffering' | 'redirect' | 'expiry' | 'rate' | 'charset';

/** What a server knows about a request. `host` is the Host header that the app gets, `voucher` one of the gate's. */
export type RequestFact = 'client-address' | 'scheme' | 'host' | 'voucher';

export function describeApp(upstreams: readonly string[]): App {
  return {
    upstreams,
    overwritten: [
      ['X-Forwarded-For', 'client-address'],
      ['X-Forwarded-Proto', 'scheme'],
      ['X-Forwarded-Host', 'host'],
      ['X-StaticGenerator', 'voucher'],
    ],
    upgrades: ['websocket'],
    // Age is the time since Date.
    keptHeaders: ['Date'],
    instructions: ['buffering'],
  };
}
