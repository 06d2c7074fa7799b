import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Edit } from '../../protocol/mutants.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = ['src', 'test', 'nginx', 'docs', 'package.json', 'tsconfig.json'];

/** A step that is missing may show in few orders. */
const AT_LENGTH = { STATICGENERATOR_SCHEDULES: '2000', STATICGENERATOR_ORDERS: '1' };

/** What the tests say of a mutant. */
export interface Verdict {
  readonly isCaught: boolean;
  readonly output: string;
}

/** Whether what a mutant replaces is in the repository, once; if not, test/protocol/mutants.ts is to be mended. */
export function isApplicable({ file, search }: Edit): boolean {
  return readFileSync(join(repository, file), 'utf8').split(search).length === 2;
}

/** A copy of the repository to break, with its dependencies and its own build. */
export class ScratchCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'staticgenerator-mutant-'));

  constructor() {
    // Some tests have a process of a user without rights read the sources.
    chmodSync(this.folder, 0o755);
    for (const name of COPIED) cpSync(join(repository, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(this.folder, 'node_modules'));
    for (const file of sourceFiles(join(this.folder, 'src'))) this.#build(join('src', file));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Applies edits to the sources and to the build; returns what undoes it. */
  apply(edits: readonly Edit[]): () => void {
    const before = new Map<string, string>();
    for (const { file, search, replace } of edits) {
      const text = readFileSync(join(this.folder, file), 'utf8');
      if (text.split(search).length !== 2)
        throw new Error(`Expected ${file} to hold once: ${search}\nMend test/protocol/mutants.ts`);
      if (!before.has(file)) before.set(file, text);
      // A function, so that a `$` in the text stands for itself.
      this.#write(
        file,
        text.replace(search, () => replace),
      );
    }
    return () => {
      for (const [file, text] of before) this.#write(file, text);
    };
  }

  /** Runs test files, up to the first failure. */
  async test(files: readonly string[]): Promise<Verdict> {
    const command = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'test/vitest.config.ts',
      '--bail',
      '1',
    ];
    const child = spawn(process.execPath, [...command, ...files], {
      cwd: this.folder,
      env: { ...environment(), NO_COLOR: '1', ...AT_LENGTH, VITEST_MAX_WORKERS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const output = Buffer.concat(chunks).toString();
    if (!/^ *Test Files /m.test(output)) throw new Error(`The tests did not run: ${output}`);
    return { isCaught: code !== 0, output };
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
    this.#build(file);
  }

  /** Without checking types, which some mutants break. */
  #build(file: string): void {
    const text = readFileSync(join(this.folder, file), 'utf8');
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    };
    const { outputText } = ts.transpileModule(text, { compilerOptions, fileName: file });
    const target = join(this.folder, file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}

/** The environment without what this run of the tests has set for itself, but with the driver of SQLite that it was asked for. */
function environment(): NodeJS.ProcessEnv {
  const own = /^(?:VITEST|STATICGENERATOR_(?!SQLITE$)|NODE_ENV$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.d)\.ts$/.test(name),
  );
}

/** Scratch copies that several mutants are tried in, one after the other. */
export class ScratchCopies {
  readonly #idle: ScratchCopy[] = [];
  readonly #all: ScratchCopy[] = [];

  async use<T>(work: (copy: ScratchCopy) => Promise<T>): Promise<T> {
    const copy = this.#idle.pop() ?? this.#make();
    try {
      return await work(copy);
    } finally {
      this.#idle.push(copy);
    }
  }

  removeAll(): void {
    for (const copy of this.#all) copy.remove();
  }

  #make(): ScratchCopy {
    const copy = new ScratchCopy();
    this.#all.push(copy);
    return copy;
  }
}
