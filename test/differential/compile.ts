import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** Within the project, so that its packages are found from there. */
const CACHE = join(PROJECT, 'node_modules', '.cache');

/**
 * The sources and the site as JavaScript, for processes that run them: a copy, so that they do not change under a long
 * run. The folder, which has to be removed by whoever asked for it.
 */
export function compileSite(): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'differential-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const part of ['src', 'test/differential/site']) {
    const files = readdirSync(join(PROJECT, part), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /(?<!\.d)\.ts$/.test(name)))
      compileFile(join(part, file), folder);
  }
  return folder;
}

function compileFile(file: string, folder: string): void {
  const { outputText } = ts.transpileModule(readFileSync(join(PROJECT, file), 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  const out = join(folder, file.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, outputText);
}
