import type { OptionProblem } from '../../option-reader.js';
import type { Tls } from '../tls.js';
import { checkEach, isListen, isPath, LISTEN_ADDRESS, PATH, problem } from './checks.js';

/** Options for https. */
export interface TlsOptions {
  /** The file of the certificate, with its chain. Default: the server speaks http. */
  readonly tlsCertificate?: string;
  /** The file of its key. */
  readonly tlsKey?: string;
  /** Default: on, with a certificate. */
  readonly http2?: boolean;
  /** Default: off. */
  readonly http3?: boolean;
  /** Where the server speaks http, to redirect visitors to https. Default: `80`, with a certificate. */
  readonly redirectFrom?: readonly string[];
}

/** Returns `undefined` if the server speaks http. */
export function resolveTls(given: TlsOptions): Tls | undefined {
  const { tlsCertificate: certificate, tlsKey: key } = given;
  if (certificate === undefined || key === undefined) return undefined;
  const { http2 = true, http3 = false, redirectFrom = ['80'] } = given;
  return { certificate, key, http2, http3, redirectFrom: [...new Set(redirectFrom)] };
}

export function checkTls({
  tlsCertificate,
  tlsKey,
  http2,
  http3,
  redirectFrom,
}: TlsOptions): readonly OptionProblem[] {
  const needless = { 'redirect-from': redirectFrom?.length, http3, http2 };
  if (tlsCertificate === undefined && tlsKey === undefined)
    return Object.entries(needless).flatMap(([option, value]) =>
      value ? [problem(option, 'given with --tls-cert', 'it without')] : [],
    );
  return [
    ...checkFile('tls-cert', tlsCertificate),
    ...checkFile('tls-key', tlsKey),
    ...(redirectFrom ?? []).flatMap((address) =>
      checkEach('redirect-from', [address], isListen, LISTEN_ADDRESS),
    ),
  ];
}

function checkFile(option: string, file: string | undefined): readonly OptionProblem[] {
  return checkEach(option, file === undefined ? [] : [file], isPath, PATH);
}
