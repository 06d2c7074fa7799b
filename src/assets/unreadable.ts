import { messageOf, StaticGeneratorError, systemErrorCode } from '../errors.js';

/** Returns the error that lists the files or folders of assets that cannot be read. */
export function unreadableError(
  files: readonly { readonly path: string; readonly cause: unknown }[],
): StaticGeneratorError {
  const list = files.map(({ path, cause }) => `${path} (${systemErrorCode(cause) ?? messageOf(cause)})`);
  return new StaticGeneratorError(
    'ERR_ASSET_UNREADABLE',
    `Assets cannot be read:\n  ${list.join('\n  ')}\nGive this user permission to read them, or add them to \`ignore\``,
    { cause: files[0]?.cause, fields: { path: files[0]?.path, files: files.map(({ path }) => path) } },
  );
}
