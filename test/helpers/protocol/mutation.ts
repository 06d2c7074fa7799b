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

/** A missing step may show in few orders only. */
const AT_LENGTH = { STATICGENERATOR_SCHEDULES: '2000', STATICGENERATOR_ORDERS: '1' };

/** The result of the tests for a mutant. */
export interface Verdict {
  readonly isCaught: boolean;
  readonly output: string;
}

/**
 * Whether the text that a mutant replaces occurs exactly once in the repository. If not, update
 * test/protocol/mutants.ts.
 */
export function isApplicable({ file, search }: Edit): boolean {
  return readFileSync(join(repository, file), 'utf8').split(search).length === 2;
}

/** A copy of the repository that mutants change, with the same dependencies and its own build. */
export class ScratchCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'staticgenerator-mutant-'));

  constructor() {
    // Some tests start a process as a user without privileges, which must be able to read the sources.
    chmodSync(this.folder, 0o755);
    for (const name of COPIED) cpSync(join(repository, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(this.folder, 'node_modules'));
    for (const file of sourceFiles(join(this.folder, 'src'))) this.#build(join('src', file));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Applies edits to the sources and to the build. Returns the function that undoes them. */
  apply(edits: readonly Edit[]): () => void {
    const before = new Map<string, string>();
    for (const { file, search, replace } of edits) {
      const text = readFileSync(join(this.folder, file), 'utf8');
      if (text.split(search).length !== 2)
        throw new Error(`Expected ${file} to hold once: ${search}\nMend test/protocol/mutants.ts`);
      if (!before.has(file)) before.set(file, text);
      // A function, so that a `$` in the replacement has no special meaning.
      this.#write(
        file,
        text.replace(search, () => replace),
      );
    }
    return () => {
      for (const [file, text] of before) this.#write(file, text);
    };
  }

  /** Runs test files until the first failure. */
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

  /** Builds a file without checking types, because some mutants break them. */
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

/**
 * Returns the environment without the variables that this test run has set for itself, except the chosen driver of
 * SQLite.
 */
function environment(): NodeJS.ProcessEnv {
  const own = /^(?:VITEST|STATICGENERATOR_(?!SQLITE$)|NODE_ENV$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.d)\.ts$/.test(name),
  );
}

/** Scratch copies, each of which tries several mutants, one after the other. */
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
