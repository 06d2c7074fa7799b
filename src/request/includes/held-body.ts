import { decode } from '../../files/compress.js';
import type { PagePart } from '../../page/response/includes.js';
import { undoableCodings } from '../../page/response/rules.js';
import type { RenderIncludes } from './render-includes.js';

/** The largest body that is decoded, in bytes. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface HeldBody {
  readonly body: Buffer;
  /** The value of `Content-Encoding`. */
  readonly coding: string;
  /** Whether this is the whole body. Of a part, no coding can be undone. */
  readonly isWhole: boolean;
}

export interface HeldParts {
  readonly parts: readonly PagePart[];
  /** Whether the coding has been undone. */
  readonly isDecoded: boolean;
}

/** Returns the parts of a body that was held. If its coding cannot be undone, the marks stay in it as comments. */
export async function partsOfHeld(
  { body, coding, isWhole }: HeldBody,
  includes: Pick<RenderIncludes, 'partsOf'>,
): Promise<HeldParts> {
  const given = coding.trim().toLowerCase();
  if (given === 'identity') return { parts: includes.partsOf(body), isDecoded: false };
  const undoable = isWhole ? undoableCodings.find((one) => one === given) : undefined;
  if (undoable === undefined) return { parts: [body], isDecoded: false };
  try {
    return { parts: includes.partsOf(await decode(body, undoable, MAX_BYTES)), isDecoded: true };
  } catch {
    return { parts: [body], isDecoded: false };
  }
}
