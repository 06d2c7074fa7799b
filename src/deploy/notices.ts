import { isTypeOfName } from './content-types.js';
import type { SourceFile } from './source.js';
import type { DeployTarget } from './target.js';

const SHOWN = 3;

/** Returns notices about files that a target does not answer as intended, for the person who deploys. */
export function noticesFor(
  { keepsTypes }: Pick<DeployTarget, 'keepsTypes'>,
  files: readonly SourceFile[],
): readonly string[] {
  if (keepsTypes) {
    const plus = files.filter(({ key }) => key.includes('+'));
    return plus.length === 0
      ? []
      : [`S3 reads a plus sign in a URL as a space, so link to ${listed(plus)} with %2B in place of +`];
  }
  const other = files.filter(({ key, headers }) => !isTypeOfName(key, headers.contentType));
  return other.length === 0
    ? []
    : [
        `A server that derives the Content-Type from file names sends a different one than the app for ${listed(other)}; configure the types there, or export without contentTypes: 'manifest'`,
      ];
}

function listed(files: readonly SourceFile[]): string {
  const names = files.slice(0, SHOWN).map(({ key }) => key);
  const more = files.length > SHOWN ? [`${files.length - SHOWN} more`] : [];
  return [...names, ...more].join(', ');
}
