import type { Command } from 'commander';
import { AssetFinder, type SourceAsset } from '../../assets/finder.js';
import { unknownAsset } from '../../assets/url.js';
import { assetsOf } from '../configured-assets.js';
import { formatBytes, printable } from '../output/table.js';
import type { Session } from '../session.js';

const EXAMPLES = `
The first file is served and collected; it hides the others.
Exits with 1 if there is no such file.

Examples:
  $ staticgenerator find css/site.css`;

export function addFind(program: Command, session: Session): void {
  program
    .command('find')
    .description('Lists every static file with this name, beginning with the one that is served.')
    .argument('<name>', 'the name that templates use: css/site.css')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string) => await find(session, name));
}

async function find(session: Session, name: string): Promise<void> {
  const { config } = await session.configure();
  const finder = new AssetFinder(assetsOf(config));
  const found = finder.findAll(name);
  if (found.length === 0)
    throw unknownAsset(
      name,
      finder.list().assets.map(({ logicalPath }) => logicalPath),
    );
  const { output } = session;
  if (output.json) await output.document({ name, found: found.map(describe) });
  else await output.lines(found.map(lineOf));
}

function describe({ file, folder, stats }: SourceAsset): object {
  return { file, folder, bytes: stats.size, modified: stats.mtime.toISOString() };
}

function lineOf({ file, stats }: SourceAsset, index: number): string {
  return `${printable(file)}  ${formatBytes(stats.size)}${index === 0 ? '' : '  hidden'}`;
}
