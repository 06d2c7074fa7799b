import { extension as extensionOfType } from 'mime-types';
import { hasCommonCharset, isTypeOfName, typeByName } from '../../deploy/content-types.js';

/** Where the host of an export takes the Content-Type of a file from: the file's name, or the manifest. */
export type ContentTypes = 'names' | 'manifest';

/** Returns a file if its host sends it with the type of its page. Otherwise throws an error that says what to do. */
export function checkContentType(file: string, type: string, contentTypes: ContentTypes): string {
  if (contentTypes === 'manifest' || isTypeOfName(file, type)) return file;
  throw new Error(
    `a host that derives types from file names would send ${file} as ${typeByName(file)}, but the app sends ${type}. ${remedyFor(file, type)}Or exclude it. Or set \`contentTypes: 'manifest'\` if the host sends the types that the manifest names, as S3 does after \`deploy\``,
  );
}

function remedyFor(file: string, type: string): string {
  if (!hasCommonCharset(type)) return 'Send it in UTF-8. ';
  const extension = extensionOfType(type);
  const isNamed =
    extension !== false &&
    extension !== 'bin' &&
    !file.endsWith(`.${extension}`) &&
    isTypeOfName(`page.${extension}`, type);
  return isNamed ? `Give it a URL that ends in .${extension}. ` : 'Send the type that its name implies. ';
}
