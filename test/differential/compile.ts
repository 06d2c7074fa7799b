import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isLong } from '../helpers/effort.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SITE = 'test/differential/site';

/**
 * Compiles the site to JavaScript, next to the built sources, for processes that run them. server-broker.ts calls it
 * once for all tests of a run. In long tests the sources are a copy, so that they do not change meanwhile.
 */
export async function compileSiteInto(folder: string): Promise<void> {
  // Node finds the packages of the project from there.
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  if (isLong) cpSync(join(PROJECT, 'dist'), join(folder, 'src'), { recursive: true });
  else symlinkSync(join(PROJECT, 'dist'), join(folder, 'src'));
  const files = readdirSync(join(PROJECT, SITE), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /(?<!\.d)\.ts$/.test(name)))
    compileFile(join(SITE, file), folder);
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
