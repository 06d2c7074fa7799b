import { messageOf, StaticGeneratorError } from '../errors.js';
import type { SourceFile } from './source.js';
import type { DeployTarget } from './target.js';

/** What deployments have written: the fingerprint and the revision of each key. It is stored in the target itself. */
export type DeployRecord = ReadonlyMap<string, RecordedFile>;

export interface RecordedFile {
  readonly fingerprint: string;
  readonly revision: string;
}

/** The key of the record, next to the files that it lists. */
export const RECORD_KEY = '.staticgenerator-deploy.json';
const VERSION = 1;

/** Returns the record of a target, or `undefined` if nothing was deployed there. Throws `ERR_DEPLOY_FAILED` for an invalid one. */
export async function readRecord(target: DeployTarget): Promise<DeployRecord | undefined> {
  const bytes = await target.read(RECORD_KEY);
  return bytes === undefined ? undefined : parseRecord(bytes.toString(), target.name);
}

export async function writeRecord(target: DeployTarget, record: DeployRecord): Promise<void> {
  const body = Buffer.from(formatRecord(record));
  const file: SourceFile = {
    key: RECORD_KEY,
    file: RECORD_KEY,
    bytes: body.length,
    headers: { contentType: 'application/json; charset=utf-8', cacheControl: 'no-store' },
    compress: false,
    fingerprint: '',
  };
  await target.write(file, body);
}

function formatRecord(record: DeployRecord): string {
  return `${JSON.stringify({ version: VERSION, files: Object.fromEntries(record) })}\n`;
}

function parseRecord(text: string, name: string): DeployRecord {
  const refuse = (why: string) =>
    new StaticGeneratorError(
      'ERR_DEPLOY_FAILED',
      `The record ${RECORD_KEY} of ${name} cannot be used: ${why}. Remove it, and deploy with --adopt`,
      { fields: { path: RECORD_KEY } },
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (typeof parsed !== 'object' || parsed === null) throw refuse('it is not an object');
  if (Reflect.get(parsed, 'version') !== VERSION) throw refuse('another release wrote it');
  const files: unknown = Reflect.get(parsed, 'files');
  if (typeof files !== 'object' || files === null) throw refuse('it names no files');
  return new Map(
    Object.entries(files).filter((entry): entry is [string, RecordedFile] => isRecorded(entry[1])),
  );
}

function isRecorded(value: unknown): value is RecordedFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'fingerprint') === 'string' &&
    typeof Reflect.get(value, 'revision') === 'string'
  );
}
