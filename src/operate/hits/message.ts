/** What nginx reports about a hit. */
export interface HitMessage {
  /** The fingerprint of the configuration that nginx has. */
  readonly fingerprint: string;
  readonly status: HitStatus;
  /** Bytes of the body, as it was sent. */
  readonly bytes: number;
  /** The folder of the host below WEB_ROOT; empty if the site has one host. */
  readonly folder: string;
  /** The file of the page, relative to that folder. */
  readonly file: string;
}

export type HitStatus = 200 | 304;

/** The format of syslog (RFC 3164, without the host name), then the format that the generated configuration defines. */
const MESSAGE =
  /^<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d staticgenerator: ([\w-]{1,64}) (200|304) (\d{1,15}) ([\w.:[\]-]{1,255}) \/(\P{Cc}+)$/u;

/** Longer than any message that nginx sends for a page. */
const MAX_BYTES = 4_096;

/** Reads a message. Returns `undefined` if the generated configuration does not send such messages. */
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
