import type { Command } from 'commander';
import { generateCaddy } from '../../front/caddy/generate.js';
import { resolveCaddyOptions } from '../../front/caddy/options.js';
import { fingerprintOf } from '../../front/fingerprint.js';
import {
  addSiteOptions,
  addTlsOptions,
  addVisitorOptions,
  type FrontCommandOptions,
  frontOptions,
} from '../front/options.js';
import { written } from '../option-values.js';
import type { Session } from '../session.js';

interface CaddyCommandOptions extends FrontCommandOptions {
  readonly whole?: boolean;
}

const words = { name: 'Caddy', http3: 'with --whole; otherwise the Caddyfile decides' };

const EXAMPLES = `
Generate it again when the configuration changes. WEB_ROOT need not exist yet.

Examples:
  $ staticgenerator caddy --server-name blog.example > /etc/caddy/Caddyfile
  $ staticgenerator caddy --upstream 127.0.0.1:3000 --upstream 127.0.0.1:3001 --server-name blog.example
  $ staticgenerator caddy --whole --listen 8080 > Caddyfile && caddy run`;

export function addCaddy(program: Command, session: Session): void {
  const command = program
    .command('caddy')
    .description(
      'Prints the Caddyfile of this site, by default one block to put next to those of other sites.',
    );
  addSiteOptions(command, words);
  addVisitorOptions(command);
  addTlsOptions(command, words);
  command
    .option('--whole', 'print a complete Caddyfile, with global options')
    .addHelpText('after', EXAMPLES)
    .action(async (options: CaddyCommandOptions) => await printCaddyfile(session, options));
}

async function printCaddyfile(session: Session, given: CaddyCommandOptions): Promise<void> {
  const { output } = session;
  const form = given.whole === true ? ('whole' as const) : undefined;
  const options = written({ form, ...frontOptions(given) });
  const config = await session.configureFront();
  const text = generateCaddy(config, options);
  if (!output.json) return await output.write(text);
  await output.document({
    config: text,
    fingerprint: fingerprintOf(config),
    options: resolveCaddyOptions(config, options),
  });
}
