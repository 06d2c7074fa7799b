/** How the server speaks https, at every address that it listens on. */
export interface Tls {
  readonly certificate: string;
  readonly key: string;
  /** The versions of HTTP in addition to 1.1. */
  readonly http2: boolean;
  readonly http3: boolean;
  /** Where the server speaks http, to redirect visitors to https. */
  readonly redirectFrom: readonly string[];
}
