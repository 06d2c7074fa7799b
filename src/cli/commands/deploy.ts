import { resolve } from 'node:path';
import type { Command } from 'commander';
import { runDeployCommand } from '../../deploy/command.js';
import { deploy, type PreparedDeploy, prepareDeploy } from '../../deploy/deploy.js';
import type { CacheRule } from '../../deploy/headers.js';
import { locateTarget } from '../../deploy/locate-target.js';
import { noticesFor } from '../../deploy/notices.js';
import { readSource, type SourceFile } from '../../deploy/source.js';
import type { DeployTarget } from '../../deploy/target.js';
import { isInside } from '../../files/folders.js';
import { knownFiles } from '../known-files.js';
import { collect, positiveInteger } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import { formatBytes, formatCount, printable } from '../output/table.js';
import type { Session } from '../session.js';

interface DeployCommandOptions {
  readonly from: string;
  readonly dryRun?: boolean;
  readonly adopt?: boolean;
  readonly force?: boolean;
  readonly gzip?: boolean;
  readonly cacheControl?: readonly string[];
  readonly buildManifest?: readonly string[];
  readonly endpoint?: string;
  readonly region?: string;
  readonly concurrency: number;
}

const DEFAULT_CONCURRENCY = 8;
const COMMAND = 'command:';

const EXAMPLES = `
Targets:
  /srv/www/site            a folder
  s3://bucket/prefix       a bucket of an S3-compatible store; set AWS_ACCESS_KEY_ID and
                           AWS_SECRET_ACCESS_KEY (if needed, also AWS_SESSION_TOKEN) in the environment
  command:<command line>   a program that deploys $STATICGENERATOR_FOLDER in its own way

Files are compared by hash. New and changed files are uploaded and verified. Only then are files deleted that an earlier
deployment wrote and the site no longer has. Files from elsewhere are left alone.

Examples:
  $ staticgenerator deploy /srv/www/site --from dist-site
  $ staticgenerator deploy s3://my-site --from dist-site --dry-run
  $ staticgenerator deploy s3://my-site/blog --from dist-site --endpoint https://minio.example --gzip
  $ staticgenerator deploy 'command:rsync -a --delete "$STATICGENERATOR_FOLDER/" web1:/srv/www/' --from dist-site`;

export function addDeploy(program: Command, session: Session): void {
  program
    .command('deploy')
    .description('Uploads a folder, such as an export, to the place that serves the site.')
    .argument('<target>', 'a folder, s3://bucket/prefix, or command:<command line>')
    .requiredOption('--from <dir>', 'the folder to deploy')
    .option('--dry-run', 'list what would be uploaded and deleted, and change nothing')
    .option('--adopt', 'take over a target that contains other files: they then belong to the site')
    .option('--force', 'also upload files that have not changed')
    .option('--gzip', 'compress text, for stores that do not compress on request (S3 only)')
    .option(
      '--cache-control <glob=value>',
      'Cache-Control of files that match a glob (repeatable; default: a year for files that never change, no-cache for others)',
      collect,
    )
    .option(
      '--build-manifest <file>',
      'the file in which a build lists files named by content, which never change (repeatable)',
      collect,
    )
    .option('--endpoint <url>', 'the address of the store (default: AWS_ENDPOINT_URL_S3, or that of AWS)')
    .option('--region <region>', 'the region of the store (default: AWS_REGION, or us-east-1)')
    .option('--concurrency <n>', 'how many uploads run at a time', positiveInteger, DEFAULT_CONCURRENCY)
    .addHelpText('after', EXAMPLES)
    .action(
      async (target: string, options: DeployCommandOptions) => await deployFolder(session, target, options),
    );
}

async function deployFolder(session: Session, name: string, options: DeployCommandOptions): Promise<void> {
  const { from, gzip = false, cacheControl = [], buildManifest = [] } = options;
  if (gzip && !name.startsWith('s3://'))
    throw new UsageError('Expected --gzip with an s3:// target; a web server compresses files itself');
  const commandLine = name.startsWith(COMMAND) ? name.slice(COMMAND.length).trim() : undefined;
  if (commandLine === '') throw new UsageError('Expected a command line after command:, got none');
  const cacheRules = cacheControl.map(readCacheRule);
  const target = commandLine === undefined ? openTarget(name, options) : undefined;
  const files = await readSource(from, {
    ...(await knownFiles(from, buildManifest)),
    ...{ cacheRules, compress: gzip },
  });
  if (files.length === 0) throw new UsageError(`Expected ${from} to contain a site, got no files`);
  if (target === undefined) await deployByCommand(session, commandLine ?? '', files, options);
  else await deployTo(session, target, files, options);
}

function openTarget(name: string, { from, endpoint, region }: DeployCommandOptions): DeployTarget {
  const target = locateTarget(name, { endpoint, region, environment: process.env });
  const [source, destination] = [resolve(from), target.name];
  const overlaps = source === destination || isInside(source, destination) || isInside(destination, source);
  if (!overlaps) return target;
  throw new UsageError(`Expected the target to be separate from ${source}, got ${destination}`);
}

function readCacheRule(written: string): CacheRule {
  const [, glob, value] = /^([^=]+)=(.+)$/.exec(written) ?? [];
  if (glob !== undefined && value !== undefined && !/[^\x20-\x7e]/.test(value)) return { glob, value };
  throw new UsageError(
    `Expected --cache-control to be <glob>=<value>, as in '**/*.html=max-age=60', got ${JSON.stringify(written)}`,
  );
}

async function deployTo(
  session: Session,
  target: DeployTarget,
  files: readonly SourceFile[],
  { dryRun = false, adopt = false, force = false, concurrency }: DeployCommandOptions,
): Promise<void> {
  const prepared = await prepareDeploy(target, files, { adopt, force });
  if (!dryRun) {
    const progress = session.progress('deploying', 'steps');
    const listener = { onPlan: progress.setTotal, onStep: () => progress.advance() };
    try {
      await deploy(target, prepared, { adopt, force, concurrency, listener });
    } finally {
      progress.stop();
      await target.close();
    }
  }
  await report(session, target, { prepared, dryRun, notices: noticesFor(target, files) });
}

async function deployByCommand(
  session: Session,
  commandLine: string,
  files: readonly SourceFile[],
  { from, dryRun = false }: DeployCommandOptions,
): Promise<void> {
  const list = files.map(({ key, bytes, headers }) => ({ key, bytes, ...headers }));
  if (!dryRun) await runDeployCommand(commandLine, from, list);
  const { output } = session;
  if (output.json) return await output.document({ dryRun, target: `${COMMAND}${commandLine}`, files: list });
  const verb = dryRun ? 'would be handed' : 'handed';
  await output.lines([`${formatCount(files.length, 'file')} ${verb} to: ${printable(commandLine)}`]);
}

interface Told {
  readonly prepared: PreparedDeploy;
  readonly dryRun: boolean;
  readonly notices: readonly string[];
}

async function report(
  { output }: Session,
  { name }: DeployTarget,
  { prepared: { plan }, dryRun, notices }: Told,
): Promise<void> {
  const { added, changed, unchanged, orphans, foreign } = plan;
  const keysOf = (files: readonly SourceFile[]) => files.map(({ key }) => key);
  if (output.json) {
    const lists = { added: keysOf(added), changed: keysOf(changed), deleted: orphans, foreign };
    return await output.document({ dryRun, target: name, ...lists, unchanged: unchanged.length, notices });
  }
  const bytes = [...added, ...changed].reduce((sum, file) => sum + file.bytes, 0);
  const summary = `${name}: ${added.length} new, ${changed.length} changed (${formatBytes(bytes)}), ${orphans.length} deleted, ${unchanged.length} unchanged${foreign.length === 0 ? '' : `, ${foreign.length} from elsewhere left alone`}`;
  await output.lines([
    ...keysOf(added).map((key) => `new      ${printable(key)}`),
    ...keysOf(changed).map((key) => `changed  ${printable(key)}`),
    ...orphans.map((key) => `delete   ${printable(key)}`),
    ...notices.map((notice) => `notice   ${printable(notice)}`),
    output.style('bold', dryRun ? `${summary} (nothing was done)` : summary),
  ]);
}
