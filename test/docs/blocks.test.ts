import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installedNginx, keepApart } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import {
  type Block,
  isRecipe,
  markdownFiles,
  outputPattern,
  type Page,
  readPage,
  repository,
} from './markdown.js';
import { type Project, useProjects } from './project.js';

const pages = ['README.md', ...markdownFiles('docs/guide'), ...markdownFiles('docs/reference')].map(readPage);
/** Languages of blocks that cannot run here, and of what blocks print. */
const shown = [
  'vcl',
  'console',
  'dockerfile',
  'html',
  'ini',
  'json',
  'nginx',
  'prisma',
  'python',
  'sql',
  'text',
  'yaml',
];
const commandFiles = readdirSync(join(repository, 'src/cli/commands'));
const runnable = ['js', 'ts', 'sh'];
const createProject = useProjects();

describe.each(pages.map((page) => [page.file, page] as const))('%s', (_file, page) => {
  test.skipIf(isRecipe(page))('its code runs, and prints what it says', async () => {
    const project = await createProject();
    for (const block of page.blocks) {
      if (block.language === 'nginx') await checkNginx(project, block);
      if (!runnable.includes(block.language) || block.notRun !== undefined) continue;
      const output = await project.run(block).catch((error: unknown) => {
        throw new Error(`${page.file}, ${block.section}:\n${block.text}\n${String(error)}`, { cause: error });
      });
      if (block.output !== undefined) expect(output).toMatch(outputPattern(project.localise(block.output)));
    }
  });

  test('its blocks are of known languages, and those that are not run say why', () => {
    expect(
      page.blocks.map(({ language }) => language).filter((one) => ![...shown, ...runnable].includes(one)),
    ).toEqual([]);
    for (const { language, text } of page.blocks)
      if (language === 'json' && !text.includes('…')) expect(() => JSON.parse(text)).not.toThrow();
    expect(hiddenCommands(page)).toEqual([]);
    const named = [...page.text.matchAll(/npx staticgenerator ([\w-]+)/g)].map(([, name]) => `${name}.ts`);
    expect(named.filter((file) => !commandFiles.includes(file))).toEqual([]);
  });
});

/** Returns the commands that are written where no test runs them. */
function hiddenCommands({ blocks }: Page): readonly string[] {
  const lines = blocks
    .filter(({ language, notRun }) => language === 'console' || (language === 'sh' && notRun === undefined))
    .flatMap(({ language, text }) => text.split('\n').map((line) => ({ language, line })));
  return lines
    .filter(
      ({ language, line }) =>
        line.includes('npx staticgenerator') && (language === 'console' || !line.startsWith('npx ')),
    )
    .map(({ line }) => line);
}

/** Lets nginx check a snippet, with the files that earlier commands of the page have made. */
async function checkNginx(project: Project, { text }: Block): Promise<void> {
  const ports = { '80': await freePort(), '443': await freePort() };
  const local = project
    .localise(text)
    .replaceAll(/^\s*ssl_[^;]*;/gm, '')
    .replaceAll(
      /\blisten (80|443)(?: ssl)?;/g,
      (_, port: keyof typeof ports) => `listen 127.0.0.1:${ports[port]};`,
    );
  const file = join(project.folder, 'etc/nginx/nginx.conf');
  const inHttp = /^(?:include|log_format|map|server|upstream)\b/m.test(local) ? local : `server { ${local} }`;
  const { nginx, brotliModule } = installedNginx();
  const modules = brotliModule === null ? '' : `load_module ${brotliModule};\n`;
  await writeFile(file, keepApart(`${modules}events {}\nhttp {\n${inHttp}\n}`));
  const globals = `pid ${join(project.folder, 'nginx.pid')}; error_log stderr;`;
  const { status, stderr } = spawnSync(nginx, ['-t', '-q', '-p', project.folder, '-c', file, '-g', globals], {
    encoding: 'utf8',
  });
  expect([status, stderr], text).toEqual([0, '']);
}
