/** One page of a response to ListObjectsV2. */
export interface Listing {
  readonly objects: readonly { readonly key: string; readonly etag: string }[];
  /** The token of the next page. `undefined` if this was the last. */
  readonly continuation: string | undefined;
}

/**
 * Reads a response to ListObjectsV2. Its form is fixed, and has no attributes inside an object, so a scan is enough:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function parseListing(xml: string): Listing {
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, contents = '']) => ({
    key: textOf(contents, 'Key') ?? '',
    etag: unquote(textOf(contents, 'ETag') ?? ''),
  }));
  const more = textOf(xml, 'IsTruncated') === 'true';
  return { objects, continuation: more ? textOf(xml, 'NextContinuationToken') : undefined };
}

/** Returns the problem that a response reports, such as `AccessDenied: …`. */
export function parseProblem(xml: string): string | undefined {
  const code = textOf(xml, 'Code');
  return code === undefined ? undefined : `${code}: ${textOf(xml, 'Message') ?? ''}`;
}

/** Returns an ETag without its quotes: a store may write them as entities or leave them out. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

function textOf(xml: string, element: string): string | undefined {
  const [, text] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(xml) ?? [];
  return text === undefined ? undefined : decodeEntities(text);
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return entities[name] ?? whole;
    },
  );
}
