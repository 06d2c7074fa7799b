import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isLong } from '../helpers/effort.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SITE = 'test/differential/site';
/** Within the project, so that its packages are found from there. */
const CACHE = join(PROJECT, 'node_modules', '.cache');

/**
 * The built sources and the site as JavaScript, for processes that run them: at length a copy, so that they do not change
 * meanwhile. The folder, which has to be removed by whoever asked for it.
 */
export function compileSite(): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'differential-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  if (isLong) cpSync(join(PROJECT, 'dist'), join(folder, 'src'), { recursive: true });
  else symlinkSync(join(PROJECT, 'dist'), join(folder, 'src'));
  const files = readdirSync(join(PROJECT, SITE), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /(?<!\.d)\.ts$/.test(name)))
    compileFile(join(SITE, file), folder);
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
