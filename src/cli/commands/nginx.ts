import { type Command, Option } from 'commander';
import { fingerprintOf } from '../../front/fingerprint.js';
import { generateNginx } from '../../front/nginx/generate.js';
import { type NginxOptions, resolveNginxOptions } from '../../front/nginx/options.js';
import { loadPages } from '../app.js';
import { type Brotli, brotliOf } from '../brotli.js';
import {
  addSiteOptions,
  addTlsOptions,
  addVisitorOptions,
  type FrontCommandOptions,
  frontOptions,
} from '../front/options.js';
import { nginxBuild, versionOf } from '../nginx-build.js';
import { positiveInteger, written } from '../option-values.js';
import type { Session } from '../session.js';

interface NginxCommandOptions extends FrontCommandOptions {
  readonly app?: string;
  readonly staticRoot?: string;
  readonly name?: string;
  readonly defaultServer?: boolean;
  /** `undefined`: ask the nginx of this machine, if the version matters. */
  readonly nginxVersion?: string;
  readonly whole?: boolean;
  readonly part?: 'http' | 'server';
  /** `undefined`: detect it. */
  readonly brotli?: boolean;
  readonly openFiles?: number;
}

const words = { name: 'nginx', http3: 'nginx 1.25 or newer that was built with it' };

const EXAMPLES = `
Generate it again when the configuration changes. WEB_ROOT need not exist yet.

Examples:
  $ staticgenerator nginx --server-name blog.example > /etc/nginx/conf.d/blog.conf
  $ staticgenerator nginx --app ./app.js --server-name blog.example > /etc/nginx/conf.d/blog.conf
  $ staticgenerator nginx --upstream 127.0.0.1:3000 --upstream 127.0.0.1:3001 --server-name blog.example
  $ staticgenerator nginx --whole --listen 8080 > nginx.conf && nginx -p "$PWD" -c nginx.conf
  $ staticgenerator nginx --part http > /etc/nginx/conf.d/pages.conf
  $ staticgenerator nginx --part server > /etc/nginx/snippets/pages.conf`;

export function addNginx(program: Command, session: Session): void {
  const command = program
    .command('nginx')
    .description('Prints the nginx configuration of this site, by default as a file for conf.d.');
  command.option('--app <file>', 'use the pages that this module exports instead of a configuration file');
  addSiteOptions(command, words);
  command.option('--static-root <path>', 'the folder of the assets as nginx sees it (default: assets.root)');
  addVisitorOptions(command);
  addTlsOptions(command, words);
  command.option(
    '--nginx-version <version>',
    'the version of the nginx that reads this (default: that of the nginx on the PATH)',
  );
  addFileOptions(command);
  command
    .addHelpText('after', EXAMPLES)
    .action(async (options: NginxCommandOptions) => await printNginx(session, options));
}

function addFileOptions(command: Command): void {
  command
    .option(
      '--name <name>',
      'the prefix of all names in it, different for each site (default: staticgenerator)',
    )
    .option('--default-server', 'answer for unknown hosts (default: without --name)')
    .option('--no-default-server', 'leave unknown hosts to another server')
    .addOption(new Option('--whole', 'print a complete nginx.conf').conflicts('part'))
    .addOption(
      new Option('--part <level>', 'print one of two files to include in an existing site').choices([
        'http',
        'server',
      ]),
    )
    .option('--brotli', 'serve .br files (default: if the nginx on the PATH has the module)')
    .option('--no-brotli', 'do not serve .br files')
    .option(
      '--open-files <number>',
      'how many files a worker keeps open (default: 200, with --whole 4000)',
      positiveInteger,
    );
}

async function printNginx(session: Session, given: NginxCommandOptions): Promise<void> {
  const { output } = session;
  const options = nginxOptions(given);
  if (given.app !== undefined) return await printFromApp(session, given.app, options);
  const config = await session.configureFront();
  const text = generateNginx(config, options);
  if (!output.json) return await output.write(text);
  await output.document({
    config: text,
    fingerprint: fingerprintOf(config),
    options: resolveNginxOptions(config, options),
  });
}

/**
 * Prints the configuration for the app's own options, without a configuration file. The app's release of
 * the package generates it.
 */
async function printFromApp({ output }: Session, file: string, options: NginxOptions): Promise<void> {
  const pages = await loadPages(file);
  try {
    const text = String(pages.nginx(options));
    await (output.json ? output.document({ config: text }) : output.write(text));
  } finally {
    await pages.close();
  }
}

function nginxOptions(options: NginxCommandOptions): NginxOptions {
  const { staticRoot, whole, part, name, defaultServer, brotli, openFiles, nginxVersion } = options;
  const { tlsCert, tlsKey } = options;
  const build = nginxBuild();
  const { available, module } = brotliFor(brotli, build);
  // Only https depends on the version. Otherwise it is not detected: the nginx of another machine may read the file.
  const isHttps = tlsCert !== undefined && tlsKey !== undefined;
  return written({
    form: whole === true ? ('whole' as const) : (part ?? ('default' as const)),
    ...{ ...frontOptions(options), staticRoot, name, defaultServer },
    nginxVersion: nginxVersion ?? (isHttps ? versionOf(build) : undefined),
    ...{ brotli: available, brotliModule: module, openFiles },
  });
}

/**
 * Decides on Brotli. `--brotli` turns it on even if the nginx of this machine lacks it: the site's
 * nginx may be another one.
 */
function brotliFor(wanted: boolean | undefined, build: string): Brotli {
  if (wanted === false) return { available: false };
  const detected = brotliOf(build);
  return wanted === true ? { ...detected, available: true } : detected;
}
