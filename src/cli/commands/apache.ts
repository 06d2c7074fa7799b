import type { Command } from 'commander';
import { generateApache } from '../../front/apache/generate.js';
import { resolveApacheOptions } from '../../front/apache/options.js';
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

interface ApacheCommandOptions extends FrontCommandOptions {
  readonly whole?: boolean;
  readonly modules?: string;
}

const words = { name: 'Apache', http3: 'Apache does not' };

const EXAMPLES = `
Generate it again when the configuration changes. WEB_ROOT need not exist yet.

Examples:
  $ staticgenerator apache --server-name blog.example > /etc/apache2/sites-available/blog.conf
  $ staticgenerator apache --upstream 127.0.0.1:3000 --upstream 127.0.0.1:3001 --server-name blog.example
  $ staticgenerator apache --whole --listen 8080 > apache.conf && apache2 -d "$PWD" -f apache.conf -X`;

export function addApache(program: Command, session: Session): void {
  const command = program
    .command('apache')
    .description('Prints the Apache configuration of this site, by default as a file for sites-available.');
  addSiteOptions(command, words);
  addVisitorOptions(command);
  addTlsOptions(command, words);
  command
    .option('--whole', 'print a complete configuration')
    .option('--modules <path>', 'the folder of Apache modules, with --whole (default: that of Debian)')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ApacheCommandOptions) => await printApache(session, options));
}

async function printApache(session: Session, given: ApacheCommandOptions): Promise<void> {
  const { output } = session;
  const { whole, modules } = given;
  const form = whole === true ? ('whole' as const) : undefined;
  const options = written({ form, modules, ...frontOptions(given) });
  const config = await session.configureFront();
  const text = generateApache(config, options);
  if (!output.json) return await output.write(text);
  await output.document({
    config: text,
    fingerprint: fingerprintOf(config),
    options: resolveApacheOptions(config, options),
  });
}
