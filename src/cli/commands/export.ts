import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { collectAssets } from '../../assets/collect/collect.js';
import { AssetFinder } from '../../assets/finder.js';
import { StaticGeneratorError } from '../../errors.js';
import { describeFailure } from '../../export/failure-list.js';
import type { ContentTypes } from '../../export/files/content-types.js';
import type { ExportLayout } from '../../export/options.js';
import type { ExportOptions, ExportReport } from '../../export/run-options.js';
import { assetsOf } from '../configured-assets.js';
import { collect } from '../option-values.js';
import { UnhealthyError } from '../output/failure.js';
import { formatCount, printable } from '../output/table.js';
import { addRenderingOptions, type RenderingOptions, renderSettingsOf, withRendering } from '../rendering.js';
import type { Configured, Session } from '../session.js';

interface ExportCommandOptions extends RenderingOptions {
  readonly layout?: ExportLayout;
  readonly contentTypes?: ContentTypes;
  readonly base?: string;
  readonly url?: string;
  readonly replaceOrigin?: readonly string[];
  readonly crawl?: boolean;
  readonly sitemap?: string;
  readonly exclude?: readonly string[];
  readonly 404?: boolean;
  readonly changed?: boolean;
  readonly clean?: boolean;
  readonly adopt?: boolean;
  readonly collect?: boolean;
  readonly keepGoing?: boolean;
  readonly check?: boolean;
}

const EXAMPLES = `
Renders the pages that the app (option \`app\`) declares with \`pages.route()\`. If it declares none, the export follows links
from /. The folder is replaced as a whole at the end: until then, and if a page fails, it stays as it is.
Files that an earlier export wrote and this one did not stay, unless you give --clean. Other files always stay.
Exits with 1 if a page failed, a link leads nowhere (--check), or the export was stopped.

Examples:
  $ staticgenerator export dist-site
  $ staticgenerator export dist-site --changed --clean --check
  $ staticgenerator export dist-site --base /blog --url https://user.example --layout files
  $ staticgenerator export dist-site --crawl --exclude '^/admin' --keep-going`;

const LAYOUT = new Option(
  '--layout <name>',
  'name /about as about/index.html or as about.html (default: folders)',
).choices(['folders', 'files']);
const CONTENT_TYPES = new Option(
  '--content-types <from>',
  'where the host gets Content-Types from: file names, or the manifest, as deploy does for S3 (default: names)',
).choices(['names', 'manifest']);

export function addExport(program: Command, session: Session): void {
  const command = program
    .command('export')
    .description('Renders the whole site to a folder that any static host can serve.')
    .argument('<dir>', 'the folder, which is replaced as a whole')
    .option('--changed', 'render only new pages, and pages that were invalidated since the last export')
    .option('--clean', 'remove files that an earlier export wrote and this one did not')
    .option(
      '--adopt',
      'export into a folder that contains other files; they stay, except those with the name of a page',
    )
    .option('--keep-going', 'if pages fail, write the others')
    .option('--check', 'check the links within the export')
    .option('--collect', 'collect the assets, and copy them too')
    .addOption(LAYOUT)
    .addOption(CONTENT_TYPES)
    .option('--base <path>', 'put this before the paths that pages link to')
    .option('--url <origin>', 'write a sitemap.xml for this address')
    .option(
      '--replace-origin <origin>',
      'replace this origin with --url in links, feeds and sitemaps (repeatable)',
      collect,
    )
    .option('--crawl', 'also follow links')
    .option('--no-crawl', 'follow no links')
    .option('--sitemap <path>', 'also export the pages of this sitemap of the app')
    .option('--exclude <pattern>', 'leave out paths in links or sitemaps that match (repeatable)', collect)
    .option('--no-404', 'write no 404.html');
  addRenderingOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(
      async (folder: string, options: ExportCommandOptions) => await exportTo(session, folder, options),
    );
}

async function exportTo(session: Session, folder: string, options: ExportCommandOptions): Promise<void> {
  const configured = await session.configure();
  if (options.collect === true) await collectFirst(session, configured);
  const report = await withRendering(session, configured, {
    label: 'exporting',
    work: async ({ withSite, signal, onProgress }) =>
      await withSite(async ({ exportSite }) => {
        const given = { ...exportOptionsOf(options, configured.config.export.exclude), signal, onProgress };
        return await withConsent(session, given, (consented) => exportSite(folder, consented));
      }),
  });
  await tell(session, report);
}

/** Collects the assets before the app is imported, because the app reads their names when it starts. */
async function collectFirst(session: Session, { config }: Configured): Promise<void> {
  const options = assetsOf(config);
  const { logger, webRoot } = config;
  const progress = session.progress('collecting', 'files');
  const parts = { options, finder: new AssetFinder(options), logger, webRoot };
  try {
    await collectAssets(parts, { dryRun: false, clean: false, progress });
  } finally {
    progress.stop();
  }
}

function exportOptionsOf(
  { exclude, 404: notFound, sitemap, layout, contentTypes, base, url, crawl, ...rest }: ExportCommandOptions,
  excluded: NonNullable<ExportOptions['exclude']>,
): ExportOptions {
  const { changed, clean, adopt, keepGoing, check, collect: copiesAssets, replaceOrigin } = rest;
  const given = {
    ...{ changed, clean, adopt, keepGoing, check, collect: copiesAssets, sitemap, layout },
    ...{ contentTypes, base, url, replaceOrigins: replaceOrigin, crawl },
    ...(exclude === undefined ? {} : { exclude: [...excluded, ...exclude] }),
    ...(notFound === false ? { notFound: false as const } : {}),
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...said, ...renderSettingsOf(rest) };
}

/** Runs an export. If the folder has files of others and a person can answer, asks whether to export into it. */
async function withConsent(
  { output }: Session,
  options: ExportOptions,
  work: (options: ExportOptions) => Promise<ExportReport>,
): Promise<ExportReport> {
  try {
    return await work(options);
  } catch (error) {
    const isForeign = error instanceof StaticGeneratorError && error.code === 'ERR_EXPORT_FOREIGN';
    const canAsk = output.isForPeople && process.stdin.isTTY && !output.json;
    if (!isForeign || options.adopt === true || !canAsk) throw error;
    const answer = await ask(`${error.message}.\nExport into it? (yes/no) `);
    if (answer.trim().toLowerCase() !== 'yes') throw error;
    return await work({ ...options, adopt: true });
  }
}

/** Asks a question. Returns an empty text if the input ends without an answer, by Ctrl-D or Ctrl-C. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: question });
  lines.prompt();
  for await (const line of lines) return line;
  return '';
}

async function tell({ output }: Session, report: ExportReport): Promise<void> {
  const { folder, rendered, reused, files, removed, left, failures, notices } = report;
  if (output.json) await output.document(report);
  else {
    await output.lines([
      ...removed.map((file) => printable(`removed  ${file}`)),
      ...left.map((file) => printable(`left     ${file}`)),
      ...failures.map((failure) => printable(`failed   ${describeFailure(failure)}`)),
      ...notices.map((notice) => printable(`notice   ${notice}`)),
      output.style(
        'bold',
        printable(
          `${folder}: ${formatCount(rendered.length, 'page')} rendered, ${reused} unchanged, ${formatCount(files, 'file')} in all`,
        ),
      ),
    ]);
  }
  if (failures.length > 0) throw new UnhealthyError(`${formatCount(failures.length, 'failure')}`);
}
