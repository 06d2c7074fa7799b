import { closeSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type PagePart, readIncludes } from '../../page/response/includes.js';
import type { OpenPage } from '../../store/open-page.js';
import type { WholePage } from '../../store/recent-files.js';
import { type HoldingParts, putIslands } from './hold-answer.js';
import { RenderIncludes } from './render-includes.js';
import { sendParts } from './send-parts.js';

export interface IncludesParts extends HoldingParts {
  /** The path that answers for islands: see `includeTarget`. */
  readonly path: string;
  /** Whether a request is for an island. An island gets no islands: it could contain itself. */
  readonly isIsland: (request: IncomingMessage) => boolean;
}

/** The islands that a site puts into its pages. */
export class Includes {
  readonly #parts: IncludesParts;
  /** The parts of small pages, which stay in memory. */
  readonly #read = new WeakMap<object, readonly PagePart[]>();

  constructor(parts: IncludesParts) {
    this.#parts = parts;
  }

  /**
   * Returns the islands of a response that a visitor gets; they are put in before it leaves. To be called before the
   * app runs. `undefined` if none are put in.
   */
  put(response: ServerResponse): RenderIncludes | undefined {
    if (this.#parts.isIsland(response.req)) return undefined;
    const includes = this.mark();
    putIslands(response, includes, this.#parts);
    return includes;
  }

  /** Returns the islands of a response, whether a visitor gets it or not. */
  of(response: ServerResponse, isForVisitor: boolean): RenderIncludes | undefined {
    return isForVisitor ? this.put(response) : this.mark();
  }

  /** Returns the islands of a response that no visitor gets: the marks stay in it. */
  mark(): RenderIncludes {
    return new RenderIncludes(this.#parts.path);
  }

  /** Sends the body of a stored page, whose head has been sent. */
  send(file: WholePage | OpenPage, response: ServerResponse): void {
    const parts = this.#read.get(file) ?? readIncludes(bytesOf(file));
    this.#read.set(file, parts);
    void sendParts(response, parts, this.#parts.islandOf);
  }
}

function bytesOf(file: WholePage | OpenPage): Buffer {
  if ('bytes' in file) return Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  try {
    return readFileSync(file.descriptor);
  } finally {
    closeSync(file.descriptor);
  }
}
