/** Which proxies a server trusts to report the address of a visitor and the scheme that the visitor used. */
export interface Visitors {
  /**
   * The proxies in front: addresses and networks, or `unix:` for all that connect through a socket. No client is among
   * them.
   */
  readonly trust: readonly string[];
  /**
   * How they report it. If `true`, with the PROXY protocol, at the beginning of every connection. Otherwise in
   * X-Forwarded-For and X-Forwarded-Proto. If proxies only pass on bytes, such a header comes from the client itself.
   */
  readonly proxyProtocol: boolean;
}
