import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importConfig } from './config/light-import.js';
import type { Options } from './config.js';
import { type ErrorFields, kindOf, messageOf, StaticGeneratorError, systemErrorCode } from './errors.js';

/** The names a configuration file has where none is given. */
export const configFileNames = Object.freeze(
  ['ts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `staticgenerator.config.${extension}`),
);

/** A configuration file that was read; whether its options can be used is for `resolveConfig` to say. */
export interface LoadedConfigFile {
  readonly file: string;
  readonly options: Options;
}

/**
 * Loads the named file, or the one in `folder` (the working directory, and no other). Throws `ERR_CONFIG_FILE` with
 * the file and the reason: it is not there, does not load, or exports no options.
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
  // Two of them may name two WEB_ROOTs, and a deletion in the wrong one is not undone.
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

/** Gives the whole module: what an async function returns must not be a default export that is a promise. */
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

/** Old releases of Node run no TypeScript at all, and none finds urls.ts by the name './urls.js'. */
const BEYOND_NODE = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_MODULE_NOT_FOUND'];

async function importTypeScript(file: string): Promise<object> {
  try {
    return await importConfig(file);
  } catch (error) {
    // A syntax error may be one to Node alone: enums, or an `export` where package.json says "type": "commonjs".
    const mayBeTranslated =
      error instanceof SyntaxError || BEYOND_NODE.includes(systemErrorCode(error) ?? '');
    if (!mayBeTranslated) throw loadError(file, error);
    return await importTranslated(file);
  }
}

async function importTranslated(file: string): Promise<object> {
  const { createJiti } = await import('jiti');
  // No cache on disk: its folder may be the shared temporary one, where others could leave code for us to run.
  const jiti = createJiti(pathToFileURL(file).href, { fsCache: false });
  try {
    return await jiti.import<object>(file);
  } catch (error) {
    throw loadError(file, error);
  }
}

function defaultExport(module: object, file: string): unknown {
  const exported = propertyOf(module, 'default');
  // A module that was compiled to CommonJS has its default export inside that of the import.
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

/** An object at least; each option in it is judged by `resolveConfig`. */
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

/** Where it broke: the line with a mark under it for a syntax error, the first place in somebody's file for another. */
function placeOf(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof SyntaxError) return excerptIn(error.stack) ?? excerptIn(checkSyntax(file));
  return frameOf(error);
}

const OWN_FILES = dirname(fileURLToPath(import.meta.url));

/** The first place in the code of the site that an error passed through. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frames = stack
    .split('\n')
    .filter((line) => /^ +at\b.*[( ](?:file:\/\/)?\/.*:\d+:\d+\)?$/.test(line))
    .map((line) => line.trim().replace(/file:\/\/[^):]+/, (url) => fileURLToPath(url)));
  return frames.find((frame) => !frame.includes('/node_modules/') && !frame.includes(`${OWN_FILES}/`));
}

/** What was thrown while a module of the site was imported, with the place in its code; the code of our own errors stays. */
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

/** What Node puts before the name of a syntax error: the place, the line, the mark. */
function excerptIn(text: string | undefined): string | undefined {
  const excerpt = text?.split(/^\w*Error\b/m, 1)[0]?.trimEnd();
  return excerpt === '' ? undefined : excerpt;
}

/** Node tells import() that a module has a syntax error, but not where; its check does. */
function checkSyntax(file: string): string | undefined {
  if (extname(file) === '.json') return undefined;
  return spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' }).stderr;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
