import { createSocket, type Socket } from 'node:dgram';
import { systemErrorCode } from '../../errors.js';
import type { FaultLog } from '../../log.js';
import { type HitMessage, readMessage } from './message.js';
import { answerProbe } from './probe.js';

export interface HitReceiverParts {
  readonly port: number;
  readonly onHit: (message: HitMessage) => void;
  /**
   * The fingerprint of this site. A client that asks at the port, such as `doctor`, learns whether its own is the same.
   */
  readonly fingerprint: () => string;
  readonly faults: FaultLog;
}

/** nginx and the app are on one machine; no other machine can send to this address. */
const ADDRESS = '127.0.0.1';
/** How often a process checks whether the port is free. */
const AGAIN_MS = 1_000;
/** How much the system buffers while the process is busy, if the system allows that much. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Listens to nginx. One process of a site has the port; the others wait until it stops. What nginx sends in between is
 * lost; nothing depends on it.
 */
export class HitReceiver {
  readonly #parts: HitReceiverParts;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: HitReceiverParts) {
    this.#parts = parts;
  }

  start(): void {
    const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES });
    this.#socket = socket;
    socket.on('message', (datagram, { address, port }) => {
      const message = readMessage(datagram);
      if (message !== undefined) this.#parts.onHit(message);
      const answer = message === undefined ? answerProbe(datagram, this.#parts.fingerprint) : undefined;
      // The client may have gone.
      if (answer !== undefined) socket.send(answer, port, address, () => undefined);
    });
    socket.on('error', (error) => this.#lost(socket, error));
    socket.once('listening', () => this.#parts.faults.recovered());
    // Without `exclusive`, the workers of node:cluster would share one socket.
    socket.bind({ port: this.#parts.port, address: ADDRESS, exclusive: true });
    socket.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  #lost(socket: Socket, error: unknown): void {
    if (this.#stopped) return;
    socket.close();
    this.#socket = undefined;
    this.#timer = setTimeout(() => this.start(), AGAIN_MS).unref();
    // Another process of the site listens.
    if (systemErrorCode(error) === 'EADDRINUSE') return;
    const { port, faults } = this.#parts;
    faults.report(
      'counting hits',
      error,
      { port },
      'hits of nginx are not counted: the UDP port cannot be used',
    );
  }
}
