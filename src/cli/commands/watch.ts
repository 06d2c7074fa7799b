import type { Command } from 'commander';
import type { Invalidator } from '../../change/invalidate.js';
import { FileWatcher, type WatchReport } from '../../change/watch.js';
import type { ResolvedConfig } from '../../config.js';
import { UsageError } from '../output/failure.js';
import { printable } from '../output/table.js';
import type { Session } from '../session.js';

const EXAMPLES = `
The option \`watch\` of the configuration says which files and which pages. An app with this configuration watches by
itself; this command is for files that change while the app is not running. Ctrl-C stops it with exit code 0.

Examples:
  $ staticgenerator watch
  $ staticgenerator watch --json | tee changes.log`;

export function addWatch(program: Command, session: Session): void {
  program
    .command('watch')
    .description(
      'Watches files until Ctrl-C and deletes their pages when they change. Prints one line for each deletion.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => await watchFiles(session));
}

async function watchFiles(session: Session): Promise<void> {
  const configured = await session.configure();
  const { config } = configured;
  if (config.watch.length === 0)
    throw new UsageError('Expected the option `watch` in the configuration, got nothing to watch');
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await session.withSite(configured, async ({ invalidator }) => {
      const watcher = createWatcher(session, config, invalidator);
      await watcher.start();
      const files = config.watch.flatMap((one) => one.files);
      if (session.output.json) await writeLine(session, { watching: files });
      else await session.output.notice(printable(`Watching ${files.join(', ')}`));
      await aborted(interruption.signal);
      await watcher.stop();
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function createWatcher(session: Session, config: ResolvedConfig, invalidator: Invalidator): FileWatcher {
  const { watch: watched, logger } = config;
  return new FileWatcher({
    ...{ watched, logger, keepsAlive: true },
    invalidate: async (targets) => {
      const { selectors, notPages } = await session.resolve(config, targets);
      return { deleted: (await invalidator.invalidate(selectors)).deleted, notPages };
    },
    // The promise never rejects because the reader has gone: Output handles that.
    onReport: (report) => void tell(session, report),
  });
}

async function tell(session: Session, { files, deleted, notPages }: WatchReport): Promise<void> {
  if (session.output.json) return await writeLine(session, { files, deleted, notPages });
  await session.noticeNotPages(notPages);
  const pages = deleted.length === 0 ? 'no page was stored' : `deleted ${deleted.join(' ')}`;
  await session.output.lines([printable(`${files.join(' ')}: ${pages}`)]);
}

/** Writes one JSON document a line, because the command does not know which one is the last. */
async function writeLine({ output }: Session, value: object): Promise<void> {
  await output.write(`${JSON.stringify(value)}\n`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
