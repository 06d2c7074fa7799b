import { systemErrorCode } from '../../../errors.js';

/** The text of a file, and how to turn it into bytes again. */
export interface Text {
  /** With its byte order mark, if it has one. */
  readonly text: string;
  readonly encode: (text: string) => Buffer;
}

export const BYTE_ORDER_MARK = '\uFEFF';

const littleEndian: Text['encode'] = (text) => Buffer.from(text, 'utf16le');
const bigEndian: Text['encode'] = (text) => Buffer.from(text, 'utf16le').swap16();

/**
 * Decodes a file so that its text becomes the same bytes again. Bytes that are not UTF-8 are UTF-16 if a byte order
 * mark says so, as browsers read stylesheets and scripts. Anything else is decoded byte by byte.
 */
export function decodeText(content: Buffer): Text {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return { text, encode: (written) => Buffer.from(written) };
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    return (
      decodeUtf16(content) ?? {
        text: content.toString('latin1'),
        encode: (text) => Buffer.from(text, 'latin1'),
      }
    );
  }
}

/** The byte order marks of UTF-16 are not UTF-8. With an odd length, half a character at the end would be lost. */
function decodeUtf16(content: Buffer): Text | undefined {
  if (content.length % 2 === 1) return undefined;
  if (content[0] === 0xff && content[1] === 0xfe)
    return { text: content.toString('utf16le'), encode: littleEndian };
  if (content[0] !== 0xfe || content[1] !== 0xff) return undefined;
  return { text: Buffer.from(content).swap16().toString('utf16le'), encode: bigEndian };
}
