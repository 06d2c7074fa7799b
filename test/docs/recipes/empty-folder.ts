import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import { onTerminal } from '../../cli/run.js';
import { installedPostgres } from '../../helpers/databases/postgres.js';
import { acceptsConnections, freePort } from '../../helpers/servers/ports.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import type { Block } from '../markdown.js';
import { curl, shown, writePrograms } from '../project.js';
import { installPackages } from './packed-package.js';

const run = promisify(execFile);

/** What is available where a person follows a page. */
export interface Surroundings {
  /** The folder of the unpacked package. */
  readonly packed: string;
  /** Creates an empty database. Returns its address. */
  readonly createDatabase?: () => Promise<string>;
  /** Packages that only this version of Node needs, as the page says. */
  readonly further: readonly string[];
}

/** What Prisma's engine for migrations does for the schema of the page. Prisma would have to download the engine. */
const byEngine: Readonly<Record<string, string>> = {
  'npx prisma migrate dev --name posts':
    'CREATE TABLE "posts" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL)',
};

/** The package.json files that npm has made, by the command and the file before it. */
const manifests = new Map<string, string>();

/**
 * An empty folder in which a person follows a page: files are written as printed, and commands are typed as printed.
 * Only the port, the folder of nginx and the address of a database differ. `mkdir` begins a new folder; `npm install`
 * links copies.
 */
export class EmptyFolder {
  readonly #surroundings: Surroundings;
  readonly #outer: string;
  readonly #environment: Record<string, string>;
  #folder = '';
  #port = 3000;
  #stop: () => Promise<void> = async () => undefined;

  private constructor(surroundings: Surroundings, outer: string) {
    this.#surroundings = surroundings;
    this.#outer = outer;
    const path = [join(outer, 'bin'), installedPostgres, process.env.PATH].filter((one) => one !== undefined);
    this.#environment = {
      ...{ PATH: path.join(':'), HOME: outer, TMPDIR: outer, NO_COLOR: '1' },
      // Prisma generates a client without using the engine, but the engine must exist.
      ...{ PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
    };
  }

  static async create(surroundings: Surroundings): Promise<EmptyFolder> {
    const outer = await temporaryFolder();
    await mkdir(join(outer, 'bin'));
    await mkdir(join(outer, 'nginx/conf.d'), { recursive: true });
    const ours = [process.execPath, ...onTerminal, 'node_modules/staticgenerator/dist/cli/main.js'];
    const npx = `program=$1; shift
[ "$program" = staticgenerator ] && exec ${ours.map((word) => `'${word}'`).join(' ')} "$@"
exec "node_modules/.bin/$program" "$@"`;
    await writePrograms(join(outer, 'bin'), { npx, ...curl });
    const created = new EmptyFolder(surroundings, outer);
    onTestFinished(() => created.#stop());
    return created;
  }

  /** Writes the file that a block names, or types its commands. Returns what they print. */
  async run({ language, text }: Block): Promise<string> {
    if (language !== 'sh') return await this.#write(text);
    const printed: string[] = [];
    for (const line of this.localise(text)
      .replaceAll(/\\\n\s*/g, '')
      .split('\n'))
      printed.push(await this.#type(line));
    return printed.filter((one) => one !== '').join('\n');
  }

  /** Returns text of the page with this folder's port and paths. */
  localise(text: string): string {
    return text
      .replaceAll('/etc/nginx', join(this.#outer, 'nginx'))
      .replaceAll(/\b3000\b/g, String(this.#port));
  }

  async #write(text: string): Promise<string> {
    const file = join(this.#folder, fileOf(text) ?? '');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, this.localise(text));
    return '';
  }

  async #type(line: string): Promise<string> {
    const [first, second, ...words] = line.split(' ');
    if (first === 'mkdir') return await this.#begin();
    if (/^npm (?:init -y|pkg set [\w=.]+)$/.test(line)) return await this.#describe(line);
    if (first === 'export') return await this.#export();
    if (line === 'node server.js') return await this.#start();
    if (first === 'npm' && second === 'install') {
      const packages = words.filter((word) => !word.startsWith('-'));
      const names = packages.map((one) => one.replace(/(?<=.)@.*/, ''));
      const { packed, further } = this.#surroundings;
      const all = names.includes('staticgenerator') ? [...names, ...further] : names;
      await installPackages(this.#folder, all, packed);
      return '';
    }
    if (byEngine[line] !== undefined) {
      new Database(join(this.#folder, 'blog.sqlite')).exec(byEngine[line]).close();
      return '';
    }
    const options = { cwd: this.#folder, env: this.#environment };
    return shown((await run('/bin/sh', ['-c', line], options)).stdout);
  }

  /**
   * Changes package.json as npm does. npm takes longer than most of the page, so it runs only once for the same file.
   */
  async #describe(line: string): Promise<string> {
    const manifest = join(this.#folder, 'package.json');
    const before = existsSync(manifest) ? await readFile(manifest, 'utf8') : '';
    const key = `${line}\n${before}`;
    const known = manifests.get(key);
    if (known === undefined) {
      await run('/bin/sh', ['-c', line], { cwd: this.#folder, env: this.#environment });
      manifests.set(key, await readFile(manifest, 'utf8'));
    } else await writeFile(manifest, known);
    return '';
  }

  async #begin(): Promise<string> {
    await this.#stop();
    // The folder always has the same name, because npm names the package after it.
    this.#folder = join(await mkdtemp(join(this.#outer, 'follow-')), 'blog');
    await mkdir(this.#folder);
    this.#port = await freePort();
    return '';
  }

  async #export(): Promise<string> {
    const { createDatabase } = this.#surroundings;
    if (createDatabase === undefined) throw new Error('There is no database for this page');
    this.#environment.DATABASE_URL = await createDatabase();
    return '';
  }

  /** Resolves when the server listens. */
  async #start(): Promise<string> {
    const child = spawn(process.execPath, ['server.js'], {
      ...{ cwd: this.#folder, env: this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    const exited = once(child, 'exit');
    this.#stop = async () => {
      child.kill('SIGKILL');
      await exited;
    };
    await expect
      .poll(async () => child.exitCode !== null || (await acceptsConnections(this.#port)))
      .toBe(true);
    if (child.exitCode !== null) throw new Error(`node server.js: ${said}`);
    return '';
  }
}

/** Returns the name of the file that a block gives in its first line. */
export function fileOf(text: string): string | undefined {
  return /^(?:\/\/|--) ([\w./-]+\.\w+)\n/.exec(text)?.[1];
}
