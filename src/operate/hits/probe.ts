import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';

/** Which program listens on the port to which nginx reports hits. */
export type Listener = 'app' | 'app-of-other-options' | 'other-program' | 'nobody';

/**
 * A question that only {@link answerProbe} can answer. The client sends the fingerprint, so the answer reveals none.
 */
const QUESTION = /^staticgenerator-doctor: ([\w-]{1,64})$/;
const SAME = 'staticgenerator: the same';
const OTHER = 'staticgenerator: another';

const ADDRESS = '127.0.0.1';
/** How long to wait for an answer: a process that is busy rendering answers late. */
const ANSWER_MS = 1_000;
/** When a process stops, another process of the site takes the port after a second or two. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 200;

/** Returns the app's answer to a datagram; `undefined` if the datagram is no question. */
export function answerProbe(datagram: Buffer, fingerprint: () => string): string | undefined {
  const [, asked] = QUESTION.exec(datagram.toString('latin1', 0, 128)) ?? [];
  if (asked === undefined) return undefined;
  return asked === fingerprint() ? SAME : OTHER;
}

/** Finds out which program listens on the port. */
export async function findListener(port: number, fingerprint: string): Promise<Listener> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const listener = await ask(port, fingerprint);
    if (listener !== 'nobody' || performance.now() > deadline) return listener;
    await delay(AGAIN_MS);
  }
}

async function ask(port: number, fingerprint: string): Promise<Listener> {
  const socket = createSocket('udp4');
  try {
    return await new Promise<Listener>((resolve) => {
      setTimeout(resolve, ANSWER_MS, 'other-program').unref();
      // The system reports that no process listens on the port.
      socket.once('error', () => resolve('nobody'));
      socket.once('message', (answer) => resolve(listenerOf(answer.toString())));
      socket.connect(port, ADDRESS, () => socket.send(`staticgenerator-doctor: ${fingerprint}`));
    });
  } finally {
    socket.close();
  }
}

function listenerOf(answer: string): Listener {
  if (answer === SAME) return 'app';
  return answer === OTHER ? 'app-of-other-options' : 'other-program';
}
