import { type ChildProcess, execFile, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll } from 'vitest';
import { binary, onTerminal, run as runCommand } from '../cli/run.js';
import { preparedPrisma } from '../helpers/databases/prepared-prisma.js';
import { effort } from '../helpers/effort.js';
import { freePort } from '../helpers/servers/ports.js';
import { afterAllTests, temporaryFolder } from '../helpers/temporary.js';
import { type Block, repository } from './markdown.js';

const run = promisify(execFile);

/**
 * A project in which the blocks of one page run in order:
 *
 * - `js` and `ts`: each is a module. A block that begins with `// name.js` is that file, which later blocks may import.
 *   What a block uses but does not declare is on the stage (stage.mjs). Functions that it declares are called with the
 *   stage's values for the names of their parameters, and the routes of its `app` are visited.
 * - `sh`: a shell runs the lines that begin with `npx staticgenerator` or `curl`. The other lines are for people.
 *
 * The paths and the port of the documentation are replaced by those of this project.
 */
export class Project {
  readonly folder: string;
  readonly #webRoot: string;
  /** Started by the first module, because some pages have no module. */
  #stage: Stage | undefined;
  #port = 3000;
  #blocks = 0;

  private constructor(folder: string, webRoot: string) {
    this.folder = folder;
    this.#webRoot = webRoot;
  }

  static async create(projects: string): Promise<Project> {
    const outer = await mkdtemp(join(projects, 'page-'));
    const folder = join(outer, 'project');
    for (const one of [
      'etc/nginx/conf.d',
      'etc/nginx/snippets',
      'etc/apache2/sites-available',
      'etc/caddy',
      'bin',
      'log',
    ])
      await mkdir(join(folder, one), { recursive: true });
    // Node finds the package itself one folder above the folder of its dependencies.
    await mkdir(join(outer, 'node_modules'));
    await symlink(repository, join(outer, 'node_modules/staticgenerator'));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
    // The same is true for the packages of Prisma, which are in another place. A client is already generated.
    await symlink(join(preparedPrisma, 'node_modules/@prisma'), join(outer, 'node_modules/@prisma'));
    await mkdir(join(folder, 'generated'));
    await symlink(join(preparedPrisma, 'sqlite'), join(folder, 'generated/prisma'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const webRoot = join(folder, 'www');
    await writeFile(
      join(folder, 'staticgenerator.config.js'),
      `export default ${JSON.stringify({ webRoot, urls: ['^/'] })};`,
    );
    await writePrograms(join(folder, 'bin'), commands);
    return new Project(folder, webRoot);
  }

  /** Runs a block. Returns what it printed. */
  async run(block: Block): Promise<string> {
    if (block.language === 'sh') return await this.#runShell(block.text);
    return await this.#runModule(block);
  }

  /** Returns text of the documentation with the paths and the port of this project. */
  localise(text: string): string {
    return text
      .replaceAll('/var/www/blog', join(this.folder, 'www'))
      .replaceAll(/\/etc\/(?=nginx|apache2|caddy)/g, `${join(this.folder, 'etc')}/`)
      .replaceAll('/var/log/nginx', join(this.folder, 'log'))
      .replaceAll(/\b3000\b/g, String(this.#port));
  }

  async #runModule({ language, text }: Block): Promise<string> {
    if (/\b3000\b/.test(text)) this.#port = await freePort();
    this.#blocks += 1;
    const name = nameOf(text) ?? `block-${this.#blocks}.${language}`;
    // A CommonJS module cannot wait for anything at its end, and neither can a module that it requires.
    const end = /\.[cm]js$/.test(name) ? '' : finishing(text);
    const source = `${this.localise(text)}\n${end}`;
    await writeFile(join(this.folder, name), source);
    const file = join(this.folder, name.replace(/\.ts$/, '.js'));
    if (name.endsWith('.ts')) await writeFile(file, transpile(source));
    this.#stage ??= await Stage.of({ folder: this.folder, webRoot: this.#webRoot });
    return await this.#stage.run(file);
  }

  async #runShell(text: string): Promise<string> {
    const lines = this.localise(text)
      .replaceAll(/\\\n\s*/g, '')
      .split('\n');
    const outputs: string[] = [];
    for (const line of lines.filter((one) => /^(?:npx staticgenerator|curl) /.test(one))) {
      const [, words, file] = PRINTING.exec(line) ?? [];
      if (words !== undefined) {
        const printed = await this.#print(words.split(' '));
        if (file === undefined) outputs.push(shown(printed));
        else await writeFile(resolve(this.folder, file), printed);
        continue;
      }
      const { stdout } = await run('/bin/sh', ['-c', line], {
        cwd: this.folder,
        env: { PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`, NO_COLOR: '1', ...secrets },
      });
      if (stdout !== '') outputs.push(shown(stdout));
    }
    return outputs.join('\n');
  }

  async #print(words: readonly string[]): Promise<string> {
    const options = { folder: this.folder, isTerminal: true };
    const environment = { NO_COLOR: '1', ...secrets };
    const { code, stdout, stderr } = await runCommand(words, { ...options, environment });
    if (code !== 0) throw new Error(`staticgenerator ${words.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** The project of a page. */
interface Place {
  readonly folder: string;
  readonly webRoot: string;
}

/**
 * How many pages run in one process. Each page finds what earlier pages left open. In long tests each page has its own
 * process.
 */
const PAGES_IN_A_PROCESS = effort({ usual: 10, long: 1 });

/** The process that runs the modules of one page after the other. Most of its work is to load packages. */
class Stage {
  static #current: Stage | undefined;
  readonly #child: ChildProcess;
  #pages = 0;
  #errors = '';

  private constructor() {
    const script = fileURLToPath(new URL('stage.mjs', import.meta.url));
    this.#child = fork(script, { silent: true, env: { ...process.env, ...secrets } });
    this.#child.stderr?.on('data', (chunk) => {
      this.#errors += String(chunk);
    });
  }

  /** Returns the stage, prepared for a page. */
  static async of(page: Place): Promise<Stage> {
    if (Stage.#current?.isOver === true) await Stage.end();
    if (Stage.#current === undefined) {
      Stage.#current = new Stage();
      await Stage.#current.#told();
    }
    const stage = Stage.#current;
    stage.#pages += 1;
    stage.#child.send(page);
    await stage.#told();
    return stage;
  }

  static async end(): Promise<void> {
    const child = Stage.#current === undefined ? undefined : Stage.#current.#child;
    Stage.#current = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  get isOver(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode !== null || signalCode !== null || this.#pages === PAGES_IN_A_PROCESS;
  }

  /** Imports a module. Returns what it printed. */
  async run(file: string): Promise<string> {
    this.#child.send({ file });
    return await this.#told();
  }

  async #told(): Promise<string> {
    const ended = new AbortController();
    const { signal } = ended;
    const [told]: readonly Told[] = await Promise.race([
      once(this.#child, 'message', { signal }),
      once(this.#child, 'exit', { signal }).then(() => [{ error: `The process ended: ${this.#errors}` }]),
    ]).finally(() => ended.abort());
    if (told?.error !== undefined) throw new Error(told.error);
    return told?.output ?? '';
  }
}

/** Makes projects for the tests of a file. What their code leaves open keeps working until all tests are over. */
export function useProjects(): () => Promise<Project> {
  const atEnd = afterAllTests();
  let folder = '';
  beforeAll(async () => {
    folder = await temporaryFolder(atEnd);
    atEnd(Stage.end);
  });
  return () => Project.create(folder);
}

/** Returns an output as a terminal shows it: curl ends lines as HTTP does. */
export function shown(output: string): string {
  return output.replaceAll('\r\n', '\n').trimEnd();
}

interface Told {
  readonly output?: string;
  readonly error?: string;
}

/** Returns the name of the file that a block gives in its first line. */
function nameOf(text: string): string | undefined {
  return /^\/\/ ([\w.-]+\.(?:[cm]?js|ts))\n/.exec(text)?.[1];
}

/** The secrets that the documentation expects in the environment. */
export const secrets = {
  PAGES_TOKEN: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  STATICGENERATOR_TOKEN: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  GHOST_SECRET: 'a secret of Ghost',
  SANITY_SECRET: 'a secret of Sanity',
  CONTENTFUL_SECRET: 'c0'.repeat(32),
  STRAPI_TOKEN: 'a-token-of-Strapi',
};

/**
 * A command that only reads the configuration and prints, perhaps into a file. It needs no shell and no process of its
 * own, whose start would take longer than the command.
 */
const PRINTING = /^npx staticgenerator ((?:nginx|apache|caddy) [\w ./:-]+?)(?: > (\S+))?$/;

const node = JSON.stringify(process.execPath);

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const ownCurl = `exec ${node} ${JSON.stringify(fileURLToPath(new URL('curl.mjs', import.meta.url)))} "$@"`;

/** A replacement for `curl` on a machine that has none. */
export const curl: Readonly<Record<string, string>> = hasCurl ? {} : { curl: ownCurl };

/** The commands of the documentation, by name. `npx` prints what a person sees on a terminal. */
const commands: Readonly<Record<string, string>> = {
  npx: `shift; exec ${node} ${onTerminal.map((word) => `'${word}'`).join(' ')} ${JSON.stringify(binary)} "$@"`,
  ...curl,
};

/** Writes shell scripts, by name. */
export async function writePrograms(
  folder: string,
  scripts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Returns the end of a module, which calls its functions, except handlers and those that the module itself calls. */
function finishing(text: string): string {
  const source = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true);
  const functions = source.statements.filter(ts.isFunctionDeclaration).flatMap(({ name, parameters }) => {
    const names = parameters.map((parameter) => parameter.name.getText());
    const isHandler = names.some((one) => /^_?(?:request|response)$/.test(one));
    const isUsed = text.split(new RegExp(`\\b${name?.text}\\b`)).length > 2;
    return name === undefined || isHandler || isUsed ? [] : [`[${name.text}, ${JSON.stringify(names)}]`];
  });
  // The variables of the module, or those of the stage, if the text uses these names.
  const [app, pages] = ['app', 'pages'].map((name) =>
    new RegExp(`\\b${name}\\b`).test(text)
      ? `typeof ${name} === 'undefined' ? undefined : ${name}`
      : 'undefined',
  );
  return `;await globalThis.finishBlock?.({ functions: [${functions.join(', ')}], app: ${app}, pages: ${pages} });`;
}

function transpile(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
    },
  });
  return outputText;
}
