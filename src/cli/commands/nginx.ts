import { type Command, Option } from 'commander';
import { fingerprintOf } from '../../front/fingerprint.js';
import { generateNginx } from '../../front/nginx/generate.js';
import { type NginxOptions, resolveNginxOptions } from '../../front/nginx/options.js';
import { type Brotli, detectBrotli } from '../brotli.js';
import { collect, positiveInteger } from '../option-values.js';
import type { Session } from '../session.js';

interface NginxCommandOptions {
  readonly listen?: readonly string[];
  readonly upstream?: readonly string[];
  readonly serverName?: readonly string[];
  readonly webRoot?: string;
  readonly staticRoot?: string;
  readonly maxHttpHeaderSize?: number;
  readonly maxBodySize?: number;
  readonly trust?: readonly string[];
  readonly proxyProtocol?: boolean;
  readonly whole?: boolean;
  readonly part?: 'http' | 'server';
  /** Undefined: detect it. */
  readonly brotli?: boolean;
}

const EXAMPLES = `
Generate it anew when the configuration changes. WEB_ROOT need not exist yet.

Examples:
  $ staticgenerator nginx --server-name blog.example > /etc/nginx/conf.d/blog.conf
  $ staticgenerator nginx --upstream 127.0.0.1:3000 --upstream 127.0.0.1:3001 --server-name blog.example
  $ staticgenerator nginx --whole --listen 8080 > nginx.conf && nginx -p "$PWD" -c nginx.conf
  $ staticgenerator nginx --part http > /etc/nginx/conf.d/pages.conf
  $ staticgenerator nginx --part server > /etc/nginx/snippets/pages.conf`;

export function addNginx(program: Command, session: Session): void {
  program
    .command('nginx')
    .summary('print the nginx configuration')
    .description('Prints the nginx configuration of this site: by default a file for conf.d.')
    .option('--listen <address>', 'where nginx listens (repeatable; default: 80)', collect)
    .option('--upstream <address>', 'where the app listens (repeatable; default: 127.0.0.1:3000)', collect)
    .option(
      '--server-name <name>',
      'a name of the site (repeatable; default: `hosts`, or localhost)',
      collect,
    )
    .option('--web-root <path>', 'the folder of the pages as nginx sees it (default: webRoot)')
    .option('--static-root <path>', 'the folder of the assets as nginx sees it (default: assets.root)')
    .option(
      '--trust <address>',
      'a proxy in front whose word about visitors counts, as 10.0.0.0/8 (repeatable)',
      collect,
    )
    .option('--proxy-protocol', 'the proxies in front speak the PROXY protocol')
    .option(
      '--max-http-header-size <bytes>',
      "the app's own, which Node has the same option for",
      positiveInteger,
    )
    .option('--max-body-size <bytes>', 'refuse longer bodies (default: the app decides)', positiveInteger)
    .addOption(new Option('--whole', 'print a complete nginx.conf').conflicts('part'))
    .addOption(
      new Option('--part <level>', 'print one of two files to include in what exists').choices([
        'http',
        'server',
      ]),
    )
    .option('--brotli', 'serve .br files (default: if the nginx on the PATH has the module)')
    .option('--no-brotli', 'do not serve .br files')
    .addHelpText('after', EXAMPLES)
    .action(async (options: NginxCommandOptions) => await printNginx(session, options));
}

async function printNginx(session: Session, written: NginxCommandOptions): Promise<void> {
  const { output } = session;
  const { config } = await session.configure();
  const options = nginxOptions(written);
  const text = generateNginx(config, options);
  if (!output.json) return await output.write(text);
  await output.document({
    config: text,
    fingerprint: fingerprintOf(config),
    options: resolveNginxOptions(config, options),
  });
}

function nginxOptions({
  listen,
  upstream,
  serverName,
  webRoot,
  staticRoot,
  maxHttpHeaderSize,
  maxBodySize,
  trust,
  proxyProtocol,
  whole,
  part,
  brotli,
}: NginxCommandOptions): NginxOptions {
  const { available, module } = brotliFor(brotli);
  return {
    form: whole === true ? 'whole' : (part ?? 'default'),
    ...(listen === undefined ? {} : { listen }),
    ...(upstream === undefined ? {} : { upstreams: upstream }),
    ...(serverName === undefined ? {} : { serverNames: serverName }),
    ...(webRoot === undefined ? {} : { webRoot }),
    ...(staticRoot === undefined ? {} : { staticRoot }),
    ...(maxHttpHeaderSize === undefined ? {} : { maxHeaderBytes: maxHttpHeaderSize }),
    ...(maxBodySize === undefined ? {} : { maxBodyBytes: maxBodySize }),
    ...(trust === undefined ? {} : { trust }),
    ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
    brotli: available,
    ...(module === undefined ? {} : { brotliModule: module }),
  };
}

/** Asked for, it is on even where this machine's nginx, which may be another than the site's, lacks it. */
function brotliFor(wanted: boolean | undefined): Brotli {
  if (wanted === false) return { available: false };
  const detected = detectBrotli();
  return wanted === true ? { ...detected, available: true } : detected;
}
