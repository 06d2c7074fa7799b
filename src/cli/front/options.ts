import type { Command } from 'commander';
import { collect, positiveInteger } from '../option-values.js';

/** The options that all commands for front servers have in common. */
export interface FrontCommandOptions {
  readonly listen?: readonly string[];
  readonly upstream?: readonly string[];
  readonly serverName?: readonly string[];
  readonly webRoot?: string;
  readonly maxHttpHeaderSize?: number;
  readonly maxBodySize?: number;
  readonly trust?: readonly string[];
  readonly proxyProtocol?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly redirectFrom?: readonly string[];
  readonly redirect: boolean;
  readonly http2: boolean;
  readonly http3?: boolean;
  readonly accessLog?: string;
}

/** The name of the server for people, and what it needs for HTTP/3. */
export interface ServerWords {
  readonly name: string;
  readonly http3: string;
}

export function addSiteOptions(command: Command, { name }: ServerWords): void {
  command
    .option('--listen <address>', `where ${name} listens (repeatable; default: 80)`, collect)
    .option('--upstream <address>', 'where the app listens (repeatable; default: 127.0.0.1:3000)', collect)
    .option(
      '--server-name <name>',
      'a name of the site (repeatable; default: `hosts`, or localhost)',
      collect,
    )
    .option('--web-root <path>', `the folder of the pages as ${name} sees it (default: webRoot)`);
}

export function addVisitorOptions(command: Command): void {
  command
    .option(
      '--trust <address>',
      'a trusted proxy in front that reports the visitor, such as 10.0.0.0/8 (repeatable)',
      collect,
    )
    .option('--proxy-protocol', 'the proxies in front use the PROXY protocol')
    .option(
      '--max-http-header-size <bytes>',
      'the limit in the app, if you start Node with the option of this name',
      positiveInteger,
    )
    .option('--max-body-size <bytes>', 'refuse larger bodies (default: the app decides)', positiveInteger)
    .option('--access-log <path>', 'log requests to this file, including the cache result; or off');
}

export function addTlsOptions(command: Command, { http3 }: ServerWords): void {
  command
    .option('--tls-cert <path>', 'serve https with this certificate; --listen is then 443 by default')
    .option('--tls-key <path>', 'the key of the certificate')
    .option(
      '--redirect-from <address>',
      'where http is redirected to https (repeatable; default: 80)',
      collect,
    )
    .option('--no-redirect', 'do not listen for http')
    .option('--no-http2', 'do not use HTTP/2')
    .option('--http3', `use HTTP/3 (${http3})`);
}

/** Converts the options to those of the generators. Options that were not given are `undefined`. */
export function frontOptions(given: FrontCommandOptions) {
  const { listen, upstream, serverName, webRoot, maxHttpHeaderSize, maxBodySize } = given;
  const { trust, proxyProtocol, accessLog, tlsCert, tlsKey, redirectFrom, redirect, http2, http3 } = given;
  return {
    ...{ listen, upstreams: upstream, serverNames: serverName, webRoot },
    ...{ maxHeaderBytes: maxHttpHeaderSize, maxBodyBytes: maxBodySize, trust, proxyProtocol, accessLog },
    ...{ tlsCertificate: tlsCert, tlsKey, http3 },
    redirectFrom: redirect ? redirectFrom : [],
    http2: http2 ? undefined : false,
  };
}
