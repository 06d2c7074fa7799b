/** What nginx says of a hit. */
export interface HitMessage {
  /** Of the configuration that nginx has. */
  readonly fingerprint: string;
  readonly status: HitStatus;
  /** Of the body, as it was sent. */
  readonly bytes: number;
  /** Of the host below WEB_ROOT; empty where a site has one host. */
  readonly folder: string;
  /** The page's, below that folder. */
  readonly file: string;
}

export type HitStatus = 200 | 304;

/** As syslog writes it (RFC 3164, without the name of the host); then the format that the configuration defines. */
const MESSAGE =
  /^<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d staticgenerator: ([\w-]{1,64}) (200|304) (\d{1,15}) ([\w.:[\]-]{1,255}) \/(\P{Cc}+)$/u;

/** Longer than any that nginx sends for a page. */
const MAX_BYTES = 4_096;

/** Undefined: nothing that the generated configuration sends. */
export function readMessage(datagram: Buffer): HitMessage | undefined {
  if (datagram.length > MAX_BYTES) return undefined;
  const [, fingerprint, status, bytes, folder, file] = MESSAGE.exec(datagram.toString()) ?? [];
  if (fingerprint === undefined || folder === undefined || file === undefined) return undefined;
  return {
    ...{ fingerprint, file, bytes: Number(bytes) },
    status: status === '304' ? 304 : 200,
    folder: folder === '-' ? '' : folder,
  };
}
