import type { Command } from 'commander';
import { whyNothingIsListed } from '../absence.js';
import { checkCdn } from '../doctor/cdn.js';
import { checkDatabases } from '../doctor/databases.js';
import { type Finding, failure } from '../doctor/finding.js';
import { checkHits } from '../doctor/hits.js';
import { checkHosts } from '../doctor/hosts.js';
import { checkLearnedCookies } from '../doctor/learned-cookies.js';
import { checkLive } from '../doctor/live-checks.js';
import { checkFolders } from '../doctor/local-checks.js';
import { checkRefusals } from '../doctor/refusals.js';
import { Visitor } from '../doctor/visitor.js';
import { UnhealthyError, UsageError } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { formatCount, printable } from '../output/table.js';
import type { Session } from '../session.js';

interface DoctorOptions {
  readonly url?: string;
}

const EXAMPLES = `
With --url, doctor deletes one stored page to check that it is gone; the next request renders it again. Its own
requests count in \`stats\`.
Exits with 1 if a check failed, so that monitoring can run it.

Examples:
  $ staticgenerator doctor
  $ staticgenerator doctor --url https://www.example.com
  $ staticgenerator doctor --url http://localhost:8080 --json`;

export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description(
      'Checks folders and the file system and, with --url, the live site: the server in front, its configuration, hits, bypasses, deletion.',
    )
    .option('--url <url>', 'the address that visitors use, with the server in front')
    .addHelpText('after', EXAMPLES)
    .action(async (options: DoctorOptions) => await doctor(session, options));
}

async function doctor(session: Session, { url }: DoctorOptions): Promise<void> {
  const visitor = url === undefined ? undefined : new Visitor(readUrl(url));
  const configured = await session.configure();
  const absence = whyNothingIsListed(configured.config.webRoot);
  if (absence !== undefined) {
    const remedy = 'start the app once; check that it has the same configuration as this command';
    return await report(session.output, [failure('web root', absence, remedy)]);
  }
  await session.withSite(configured, async (site) => {
    const folders = checkFolders(site.config.webRoot);
    const findings = [
      ...[...folders, ...checkRefusals(site.ledger), checkLearnedCookies(site)],
      ...checkDatabases(site.ledger),
      ...(await checkHits(site)),
      ...(await checkHosts(site)),
      ...(await checkCdn(site)),
    ];
    await report(
      session.output,
      visitor === undefined ? findings : [...findings, ...(await checkLive(site, visitor))],
    );
  });
}

function readUrl(url: string): URL {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url);
  throw new UsageError(`Expected --url to be an http or https URL, got ${JSON.stringify(url)}`);
}

async function report(output: Output, findings: readonly Finding[]): Promise<void> {
  if (output.json) await output.document(findings);
  else await output.lines(findings.flatMap((finding) => linesOf(output, finding)));
  const failed = findings.filter(({ level }) => level === 'failure').length;
  if (failed > 0) throw new UnhealthyError(`${formatCount(failed, 'check')} of ${findings.length} failed`);
}

const styles = { ok: 'dim', warning: 'yellow', failure: 'red' } as const;

function linesOf(output: Output, { check, level, message, remedy }: Finding): readonly string[] {
  const line = `${output.style(styles[level], level.padEnd(8))} ${check.padEnd(14)} ${printable(message)}`;
  return remedy === undefined ? [line] : [line, `${' '.repeat(24)}-> ${remedy}`];
}
