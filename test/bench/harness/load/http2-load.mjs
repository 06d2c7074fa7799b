// A load over HTTP/2 with TLS for a limited time, because wrk speaks only HTTP/1.1. Run as a program, it sends the
// requests and prints how many were answered.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOAD_CORE, pinned } from '../processes/tools.mjs';

const SELF = fileURLToPath(import.meta.url);
const SESSIONS = 4;
const STREAMS = 8;

/** Does what `load` does: returns how many responses came in some seconds, and how many had no success status. */
export async function loadHttp2(url, { seconds, headers = {} }) {
  const words = [process.execPath, SELF, url, String(seconds), JSON.stringify(headers)];
  const [program, ...rest] = pinned(LOAD_CORE, words);
  const { stdout } = await promisify(execFile)(program, rest);
  const { requests, failed } = JSON.parse(stdout);
  if (requests === 0) throw new Error(`No answer from ${url}`);
  return { requests, failed, perSecond: requests / seconds };
}

async function ask(url, seconds, headers) {
  const { origin, pathname } = new URL(url);
  const lowerCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const asked = { ':path': pathname, ...lowerCase };
  const end = performance.now() + seconds * 1000;
  const sessions = Array.from({ length: SESSIONS }, () => connect(origin, { rejectUnauthorized: false }));
  const count = { requests: 0, failed: 0 };
  const askAgain = async (session) => {
    while (performance.now() < end) {
      const stream = session.request(asked).resume();
      const [answer] = await Promise.all([once(stream, 'response'), once(stream, 'end')]);
      count.requests += 1;
      if (answer[0][':status'] !== 200) count.failed += 1;
    }
  };
  await Promise.all(sessions.flatMap((session) => Array.from({ length: STREAMS }, () => askAgain(session))));
  for (const session of sessions) session.close();
  return count;
}

if (process.argv[1] === SELF) {
  const [url, seconds, headers] = process.argv.slice(2);
  console.log(JSON.stringify(await ask(url, Number(seconds), JSON.parse(headers))));
}
