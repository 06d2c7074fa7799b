/** The app behind the server: where it listens, and what the server reports to it about a request. */
export interface App {
  readonly upstreams: readonly string[];
  /**
   * Headers that the server overwrites, because any client can send them. The app gets all other headers as they were
   * sent. If there is no Host header (HTTP/1.0, HTTP/3), the app gets the name of the server.
   */
  readonly overwritten: readonly (readonly [name: string, fact: RequestFact])[];
  /** The protocols that a connection may be upgraded to. Any other protocol would be a way past the server. */
  readonly upgrades: readonly string[];
  /** Headers that a server writes itself. Those of the app are passed on, because another of its headers may depend on them. */
  readonly keptHeaders: readonly string[];
  /** What the app may control in the server with a header of its response. */
  readonly instructions: readonly Instruction[];
}

/**
 * `redirect`: the server answers with something else that it has. An app may repeat headers of a request, or pass on
 * those of another server; with `redirect`, anyone could then open what is closed.
 */
export type Instruction = 'buffering' | 'redirect' | 'expiry' | 'rate' | 'charset';

/**
 * What a server knows about a request. `host` is the Host header that the app gets, `voucher` is one of the gate's
 * vouchers.
 */
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
    // The header Age counts from Date.
    keptHeaders: ['Date'],
    instructions: ['buffering'],
  };
}
