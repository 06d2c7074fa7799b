/** How the server speaks https, at every address that it listens on. */
export interface Tls {
  readonly certificate: string;
  readonly key: string;
  /** The versions of HTTP besides 1.1. */
  readonly http2: boolean;
  readonly http3: boolean;
  /** Where http is spoken, to send visitors to https. */
  readonly redirectFrom: readonly string[];
}
