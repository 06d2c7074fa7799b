/** Whom a server believes about the address of a visitor, and about the scheme that the visitor used. */
export interface Visitors {
  /** The proxies in front: addresses and networks, `unix:` for all who come through a socket. A client is none of them. */
  readonly trust: readonly string[];
  /**
   * How they say it: at the beginning of a connection, and all connections begin so; else in X-Forwarded-For and
   * X-Forwarded-Proto. A header comes from the client itself through proxies that only pass on bytes.
   */
  readonly proxyProtocol: boolean;
}
