import type { Command } from 'commander';
import { explainReason } from '../../page/reasons.js';
import type { PublishReport } from '../../publish/publish.js';
import { collect } from '../option-values.js';
import { UnhealthyError, UsageError } from '../output/failure.js';
import { formatCount, printable } from '../output/table.js';
import { addRenderingOptions, type RenderingOptions, renderSettingsOf, withRendering } from '../rendering.js';
import type { Session } from '../session.js';

interface PublishCommandOptions extends RenderingOptions {
  readonly tag?: readonly string[];
}

const EXAMPLES = `
Renders with the app that the configuration names (\`app\`). A glob or a tag names the stored pages that it matches.
Exits with 1 if a page was refused.

Examples:
  $ staticgenerator publish / /posts/hello
  $ staticgenerator publish '/posts/**' --concurrency 8
  $ staticgenerator publish --tag author:7 --json`;

export function addPublish(program: Command, session: Session): void {
  const command = program
    .command('publish')
    .description('Renders pages now, in this process, and stores those that may be stored.')
    .argument('[target...]', 'paths, globs and URLs')
    .option('--tag <tag>', 'the stored pages with this tag (repeatable)', collect);
  addRenderingOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(
      async (targets: readonly string[], options: PublishCommandOptions) =>
        await publish(session, targets, options),
    );
}

async function publish(
  session: Session,
  targets: readonly string[],
  options: PublishCommandOptions,
): Promise<void> {
  const { tag: tags = [] } = options;
  if (targets.length + tags.length === 0)
    throw new UsageError('Expected a path, a glob, a URL or --tag <tag>, got nothing to publish');
  const configured = await session.configure();
  const named = [...targets, ...tags.map((tag) => ({ tag }))];
  const { selectors, notPages } = await session.resolve(configured.config, named);
  const publication = await withRendering(session, configured, {
    label: 'rendering',
    work: async ({ withSite, ...rendering }) =>
      await withSite(
        async ({ publisher }) =>
          await publisher.publish(selectors, { ...renderSettingsOf(options), ...rendering }),
      ),
  });
  await tell(session, { ...publication, notPages });
}

async function tell(session: Session, { stored, refused, notPages }: PublishReport): Promise<void> {
  const { output } = session;
  await session.noticeNotPages(notPages);
  if (output.json) await output.document({ stored, refused, notPages });
  else {
    await output.lines([
      ...stored.map(({ path }) => path),
      ...refused.map(({ path, reason, detail = '' }) =>
        printable(`${path}  refused, ${reason}${detail && ` (${detail})`}: ${explainReason(reason)}`),
      ),
      output.style('bold', `${formatCount(stored.length, 'page')} stored, ${refused.length} refused`),
    ]);
  }
  if (refused.length > 0)
    throw new UnhealthyError(`${formatCount(refused.length, 'page')} could not be stored`);
}
