import { readFile, stat } from 'node:fs/promises';
import { systemErrorCode } from '../errors.js';
import { decode, isStoredCoding, type StoredCoding, storedCodings } from '../files/compress.js';
import { contentHash, modifiedSecondsOf } from './content-hash.js';

/** What a page's files must contain. */
export interface ExpectedPage {
  readonly codings: readonly StoredCoding[];
  readonly bytes: number;
  readonly hash: string;
}

/** Whether a page and its codings have the size and the time that they were given. Cheap: reads no bytes. */
export async function seemsWhole(path: string, { codings, bytes, hash }: ExpectedPage): Promise<boolean> {
  const modified = modifiedSecondsOf(hash);
  if ((await sizeOf(path, modified)) !== bytes) return false;
  for (const coding of Object.keys(storedCodings).filter(isStoredCoding)) {
    const size = await sizeOf(`${path}${storedCodings[coding]}`, modified);
    if (codings.includes(coding) ? !size : size !== undefined) return false;
  }
  return true;
}

/** Returns the size of a file: 0 if it does not have the time that it was given, `undefined` if there is no file. */
async function sizeOf(file: string, modifiedSeconds: number): Promise<number | undefined> {
  const status = await stat(file).catch(ignoreSystemError);
  if (status === undefined) return undefined;
  const isOurs = status.isFile() && Math.floor(status.mtimeMs / 1000) === modifiedSeconds;
  return isOurs ? status.size : 0;
}

/** Whether a page and its codings contain the bytes that were stored. */
export async function isWhole(path: string, expected: ExpectedPage): Promise<boolean> {
  const holds = (body: Buffer | undefined) =>
    body !== undefined && body.length === expected.bytes && contentHash(body) === expected.hash;
  const read = async (file: string) => await readFile(file).catch(ignoreSystemError);
  if (!(await seemsWhole(path, expected)) || !holds(await read(path))) return false;
  for (const coding of expected.codings) {
    const bytes = await read(`${path}${storedCodings[coding]}`);
    const body = bytes && (await decode(bytes, coding, expected.bytes).catch(ignoreSystemError));
    if (!holds(body)) return false;
  }
  return true;
}

/** Ignores system errors: a file that cannot be read is not as it was stored. */
function ignoreSystemError(error: unknown): undefined {
  if (systemErrorCode(error) === undefined) throw error;
  return undefined;
}
