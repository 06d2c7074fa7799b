import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';

/** Who has the port to which nginx reports hits. */
export type Listener = 'app' | 'app-of-other-options' | 'other-program' | 'nobody';

/** A question that only {@link answerProbe} knows how to answer; whoever asks says the fingerprint, so that none is told. */
const QUESTION = /^staticgenerator-doctor: ([\w-]{1,64})$/;
const SAME = 'staticgenerator: the same';
const OTHER = 'staticgenerator: another';

const ADDRESS = '127.0.0.1';
/** Who is busy rendering answers later. */
const ANSWER_MS = 1_000;
/** When a process ends, another one of the site has the port after a second or two. */
const PATIENCE_MS = 3_000;
const AGAIN_MS = 200;

/** What the app says to a datagram; undefined: it is no question. */
export function answerProbe(datagram: Buffer, fingerprint: () => string): string | undefined {
  const [, asked] = QUESTION.exec(datagram.toString('latin1', 0, 128)) ?? [];
  if (asked === undefined) return undefined;
  return asked === fingerprint() ? SAME : OTHER;
}

/** Asks who listens. */
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
      // The system says that nobody has the port.
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
