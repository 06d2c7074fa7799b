import { StaticGeneratorError } from '../../errors.js';
import { describeTwin } from '../twin.js';

/** A reference to an asset that does not exist. */
export interface MissingAsset {
  /** The file that refers to it, with the place: line and column start at 1. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly url: string;
  /** The name that was looked for. */
  readonly logicalPath: string;
  /** An asset whose name looks the same, but consists of different characters. */
  readonly twin?: string;
}

export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|[\n\r\f]/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export function describeMissing({ file, line, column, url, logicalPath, twin }: MissingAsset): string {
  const hint = twin === undefined ? '' : `: ${describeTwin(twin)}`;
  return `${file}:${line}:${column} refers to ${JSON.stringify(url)}, but there is no asset named ${logicalPath}${hint}`;
}

export function missingError(missing: readonly MissingAsset[]): StaticGeneratorError {
  const count = missing.length === 1 ? 'A reference has' : `${missing.length} references have`;
  return new StaticGeneratorError(
    'ERR_ASSET_REFERENCES',
    `${count} no target:\n  ${missing.map(describeMissing).join('\n  ')}\nFix them, or set \`missing: 'warn'\` to leave them as they are`,
    { fields: { missing } },
  );
}

export function absentError(folders: readonly string[]): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_ASSET_UNREADABLE',
    `Folders of assets do not exist:\n  ${folders.join('\n  ')}\nCreate them (for example, run the build that fills them), remove them from \`dirs\` or \`packages\`, or set \`missing: 'warn'\` to collect the others`,
    { fields: { path: folders[0], files: folders } },
  );
}
