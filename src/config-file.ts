import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importConfig } from './config/light-import.js';
import type { Options } from './config.js';
import { type ErrorFields, kindOf, messageOf, StaticGeneratorError, systemErrorCode } from './errors.js';

/** The names that a configuration file may have if the caller names no file. */
export const configFileNames = Object.freeze(
  ['ts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `staticgenerator.config.${extension}`),
);

/** A configuration file that was read. `resolveConfig` checks whether its options can be used. */
export interface LoadedConfigFile {
  readonly file: string;
  readonly options: Options;
}

/**
 * Loads the named file, or the one in `folder` (by default the working directory; no other folder is searched). Throws
 * `ERR_CONFIG_FILE` with the file and the reason, such as: it does not exist, cannot be loaded, or exports no options.
 */
export async function loadConfigFile(named?: string, folder = process.cwd()): Promise<LoadedConfigFile> {
  const file = named === undefined ? findConfigFile(folder) : checkNamedFile(resolve(folder, named));
  const load = loaders[extname(file)];
  if (load === undefined) {
    throw fileError(
      file,
      `Expected the configuration file to end in ${Object.keys(loaders).join(', ')}, got ${file}`,
    );
  }
  return { file, options: optionsOf(defaultExport(await load(file), file), file) };
}

function findConfigFile(folder: string): string {
  const found = configFileNames.map((name) => join(folder, name)).filter(isFile);
  const [file, second] = found;
  if (file === undefined) {
    throw fileError(
      folder,
      `Expected one of ${configFileNames.join(', ')} in ${folder}, found none. Change to the folder that has it, name it with --config <file>, or create one: export default { webRoot: '/var/www/pages', urls: [/^\\/$/] };`,
    );
  }
  // Two files may name different WEB_ROOTs, and a deletion in the wrong one cannot be undone.
  if (second !== undefined) {
    throw fileError(
      file,
      `Expected one configuration file, found ${found.join(' and ')}. Choose one with --config <file>`,
    );
  }
  return file;
}

function checkNamedFile(file: string): string {
  if (isFile(file)) return file;
  throw fileError(file, `Expected a configuration file at ${file}, found none`);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** Returns the whole module. An async function that returned the default export would await one that is a promise. */
type Loader = (file: string) => Promise<object>;

const loaders: Readonly<Record<string, Loader>> = {
  '.ts': importTypeScript,
  '.js': importModule,
  '.mjs': importModule,
  '.cjs': importModule,
  '.json': readJson,
};

async function readJson(file: string): Promise<object> {
  try {
    return { default: JSON.parse(readFileSync(file, 'utf8')) };
  } catch (error) {
    throw loadError(file, error);
  }
}

async function importModule(file: string): Promise<object> {
  try {
    return await importConfig(file);
  } catch (error) {
    throw loadError(file, error);
  }
}

/** Errors that jiti avoids: old releases of Node run no TypeScript, and none finds urls.ts by the name './urls.js'. */
const BEYOND_NODE = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_MODULE_NOT_FOUND'];

async function importTypeScript(file: string): Promise<object> {
  try {
    return await importConfig(file);
  } catch (error) {
    // A syntax error may be one for Node only: enums, or an `export` where package.json says "type": "commonjs".
    const mayBeTranslated =
      error instanceof SyntaxError || BEYOND_NODE.includes(systemErrorCode(error) ?? '');
    if (!mayBeTranslated) throw loadError(file, error);
    return await importTranslated(file);
  }
}

async function importTranslated(file: string): Promise<object> {
  const { createJiti } = await import('jiti');
  // No cache on disk: its folder may be the shared temporary folder, where others could leave code for us to run.
  const jiti = createJiti(pathToFileURL(file).href, { fsCache: false });
  try {
    return await jiti.import<object>(file);
  } catch (error) {
    throw loadError(file, error);
  }
}

function defaultExport(module: object, file: string): unknown {
  const exported = propertyOf(module, 'default');
  // A module that was compiled to CommonJS has its default export inside the default export of the import.
  const options = propertyOf(exported, '__esModule') === true ? propertyOf(exported, 'default') : exported;
  if (options !== undefined) return options;
  throw fileError(
    file,
    `Expected ${file} to have a default export, found none. Write: export default defineConfig({ … })`,
  );
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function optionsOf(value: unknown, file: string): Options {
  if (isOptions(value)) return value;
  const isJson = extname(file) === '.json';
  const subject = isJson ? file : `the default export of ${file}`;
  const hint = value instanceof Promise ? '; a module may use await at its top level' : '';
  throw fileError(file, `Expected ${subject} to be an object of options, got ${kindOf(value)}${hint}`);
}

/** Whether a value is an object that may hold options. `resolveConfig` checks each option in it. */
function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}

function loadError(file: string, error: unknown): StaticGeneratorError {
  const place = placeOf(error, file);
  const message = `The configuration file ${file} could not be loaded: ${messageOf(error).trim()}${place === undefined ? '' : `\n${indent(place)}`}`;
  return fileError(file, message, error);
}

function fileError(file: string, message: string, cause?: unknown): StaticGeneratorError {
  return new StaticGeneratorError('ERR_CONFIG_FILE', message, { cause, fields: { path: file } });
}

/** Returns where it failed: for a syntax error, the line with a mark under it; otherwise, a line of the site. */
function placeOf(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SyntaxError) return excerptIn(error.stack) ?? excerptIn(checkSyntax(file));
  return frameOf(error);
}

const OWN_FILES = dirname(fileURLToPath(import.meta.url));

/** Returns the first place in the site's code in the stack of an error; `undefined` if there is none. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frames = stack
    .split('\n')
    .filter((line) => /^ +at\b.*[( ](?:file:\/\/)?\/.*:\d+:\d+\)?$/.test(line))
    .map((line) => line.trim().replace(/file:\/\/[^):]+/, (url) => fileURLToPath(url)));
  return frames.find((frame) => !frame.includes('/node_modules/') && !frame.includes(`${OWN_FILES}/`));
}

/** Returns an error for what the import of a site's module threw, with the place. Our own errors keep their code. */
export function importError(what: string, error: unknown, fields: ErrorFields): StaticGeneratorError {
  const place = error instanceof Error ? (excerptIn(syntaxStackOf(error)) ?? frameOf(error)) : undefined;
  const message = `${what} could not be loaded: ${messageOf(error).trim()}${place === undefined ? '' : `\n${indent(place)}`}`;
  const code = error instanceof StaticGeneratorError ? error.code : 'ERR_CONFIG_FILE';
  const own = error instanceof StaticGeneratorError ? error.fields : {};
  return new StaticGeneratorError(code, message, { cause: error, fields: { ...own, ...fields } });
}

function syntaxStackOf(error: Error): string | undefined {
  return error instanceof SyntaxError ? error.stack : undefined;
}

/** Returns what Node prints before the name of a syntax error: the place, the line, the mark. */
function excerptIn(text: string | undefined): string | undefined {
  const excerpt = text?.split(/^\w*Error\b/m, 1)[0]?.trimEnd();
  return excerpt === '' ? undefined : excerpt;
}

/** Returns where a module has a syntax error: Node does not report that to import(), but its option `--check` does. */
function checkSyntax(file: string): string | undefined {
  if (extname(file) === '.json') return undefined;
  return spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' }).stderr;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
