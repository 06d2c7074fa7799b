import { Socket } from 'node:net';
import { RENDER_ADDRESS } from '../../page/request/sent-values.js';

/** The client that a connection claims to have. */
export interface SyntheticPeer {
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: string | undefined;
  readonly remotePort: number | undefined;
  /** Whether the connection claims to be encrypted. */
  readonly encrypted?: boolean;
}

const NOBODY: SyntheticPeer = { remoteAddress: RENDER_ADDRESS, remoteFamily: 'IPv4', remotePort: 0 };

/**
 * A connection from this machine whose other end only receives: what is written to it is passed on, and nothing comes
 * back. By default, its address is one that no visitor has, so that a page that shows it is noticed.
 */
export class NowhereSocket extends Socket {
  readonly #onBytes: (bytes: Buffer) => void;

  constructor(onBytes: (bytes: Buffer) => void, peer = NOBODY) {
    super();
    this.#onBytes = onBytes;
    for (const [name, value] of Object.entries(peer)) Object.defineProperty(this, name, { value });
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#onBytes(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    callback();
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer | string; readonly encoding: BufferEncoding }[],
    callback: (error?: Error) => void,
  ): void {
    for (const { chunk, encoding } of chunks)
      this.#onBytes(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    callback();
  }

  override _final(callback: (error?: Error) => void): void {
    callback();
  }

  override _read(): void {
    // Nothing ever comes.
  }
}
