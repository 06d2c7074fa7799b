import { type Dirent, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const STATE_FOLDER = '.staticgenerator';
/** The permissions to write of everyone except the owner. */
const WRITABLE_BY_OTHERS = 0o022;

/** A page's file, with the URL that it must belong to. */
export interface StoredFile {
  readonly file: string;
  readonly host: string | undefined;
  readonly path: string;
}

/** Returns every page below WEB_ROOT, by its file without a coding. */
export function storedFiles(webRoot: string, hosts: readonly string[]): readonly StoredFile[] {
  return entriesOf(webRoot)
    .filter((entry) => entry.isFile())
    .map((entry) => relative(webRoot, join(entry.parentPath, entry.name)))
    .filter((file) => !/\.(?:gz|br)$/.test(file))
    .map((file) => {
      const host = hosts.length > 1 ? hosts.find((one) => file.startsWith(`${one}/`)) : undefined;
      return {
        file,
        host,
        path: pathOfFile(
          (host === undefined ? file : file.slice(host.length + 1)).replace(/^;[^/]*=[^/]*\//, ''),
        ),
      };
    });
}

/**
 * Returns the problems of the files: a page that was not requested, a name that no page has, something that is neither
 * a file nor a folder, or something that others than the owner could write.
 */
export function judgeTree(
  webRoot: string,
  hosts: readonly string[],
  wasAskedFor: (path: string) => boolean,
): readonly string[] {
  const strange = entriesOf(webRoot).flatMap((entry) =>
    judgeEntry(join(entry.parentPath, entry.name), entry),
  );
  const unasked = storedFiles(webRoot, hosts)
    .filter(({ host, path }) => (hosts.length > 1 && host === undefined) || !wasAskedFor(path))
    .map(({ file }) => `${file} is of no page that was asked for`);
  return [...strange, ...unasked];
}

function judgeEntry(path: string, entry: Dirent): readonly string[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  // Pages come and go during the check.
  if (status === undefined) return [];
  const isKnown = entry.isFile() || entry.isDirectory();
  const isHidden = entry.name.startsWith('.') || entry.name.endsWith('.tmp');
  return [
    ...(isKnown && !isHidden ? [] : [`${path} is no page`]),
    ...((status.mode & WRITABLE_BY_OTHERS) === 0 ? [] : [`${path} has mode ${status.mode.toString(8)}`]),
  ];
}

/** Returns the codings that differ from their page. Call it only when nothing is written any more. */
export function judgeCodings(webRoot: string): readonly string[] {
  const files = entriesOf(webRoot).filter((entry) => entry.isFile());
  const codings = files.map(({ parentPath, name }) => join(parentPath, name));
  return codings
    .filter((file) => /\.(?:gz|br)$/.test(file))
    .filter((file) => {
      const bytes = readFileSync(file);
      const body = file.endsWith('.gz') ? gunzipSync(bytes) : brotliDecompressSync(bytes);
      return !body.equals(readFileSync(file.replace(/\.(?:gz|br)$/, '')));
    })
    .map((file) => `${relative(webRoot, file)} is not what its page is`);
}

/** Returns the problems of the state folder: a wrong mode, or temporary files when nothing is written any more. */
export function judgeStateFolder(webRoot: string): readonly string[] {
  const folder = join(webRoot, STATE_FOLDER);
  const mode = lstatSync(folder).mode & 0o777;
  const temporary = readdirSync(join(folder, 'tmp'));
  return [
    ...(mode === 0o700 ? [] : [`the state folder has mode ${mode.toString(8)}`]),
    ...temporary.map((name) => `temporary file ${name} was left`),
  ];
}

function entriesOf(webRoot: string): readonly Dirent[] {
  const top = readdirSync(webRoot, { withFileTypes: true }).filter(({ name }) => name !== STATE_FOLDER);
  return top.flatMap((entry) =>
    entry.isDirectory() ? [entry, ...below(join(webRoot, entry.name))] : [entry],
  );
}

/** Returns everything below a folder, which may be removed meanwhile. */
function below(folder: string): readonly Dirent[] {
  let entries: Dirent[] = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return entries.flatMap((entry) =>
    entry.isDirectory() ? [entry, ...below(join(folder, entry.name))] : [entry],
  );
}

/** Returns the canonical URL path of a file, without the code under test. */
function pathOfFile(file: string): string {
  const ofQuery = /^(.*);[^/;]{1,2}\/([\w.~%&=-]+)\.(?:html|json|xml)$/.exec(file);
  if (ofQuery !== null) return `${spelled(`/${ofQuery[1]}`)}?${ofQuery[2]}`;
  return spelled(`/${file}`.replace(/(^|\/)index\.html$/, '$1').replace(/\.page\.(?:html|json)$/, ''));
}

function spelled(decoded: string): string {
  return [...decoded]
    .map((one) => (/[A-Za-z0-9._~@!$&'()+,=:/-]/.test(one) ? one : encodeURIComponent(one)))
    .join('');
}
