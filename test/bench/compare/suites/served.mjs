// A subject that answers requests, and the cost of a load of requests.
import { fileURLToPath } from 'node:url';
import { openConnections, requestFor } from '../../harness/load/keep-alive.mjs';
import { start } from '../../harness/processes/subject.mjs';
import { pinned, SERVER_CORE } from '../../harness/processes/tools.mjs';

const CONNECTIONS = 16;

const outcome = (said) => (head) =>
  head.startsWith('HTTP/1.1 200 ') &&
  head.toLowerCase().includes(`\r\ncache-status: staticgenerator; ${said}`);
export const isHit = outcome('hit');
export const isMiss = outcome('fwd=uri-miss');
export const isBypass = outcome('fwd=bypass');

/** Starts a script of subjects/ in its own process. */
export async function startSubject(script, words) {
  const file = fileURLToPath(new URL(`../subjects/${script}`, import.meta.url));
  return await start(pinned(SERVER_CORE, [process.execPath, file, ...words]));
}

/** Takes a subject that has reported its port, and adds connections to it and its processor time. */
export async function served(subject) {
  const connections = await openServed(subject);
  return {
    ...subject,
    connections,
    usage: async () => (await subject.ask({ ask: 'usage' })).value,
    async stop() {
      connections.close();
      await subject.stop();
    },
  };
}

/** Opens connections to a subject. Stops the subject if that fails. */
export async function openServed({ port, stop }) {
  try {
    return await openConnections(port, CONNECTIONS);
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Sends requests; `check` must accept the head of each response. With `settle`, measures until that has resolved too.
 */
export async function measureLoad({ usage, connections }, requests, check, settle = () => undefined) {
  const before = await usage();
  const startedAt = performance.now();
  await connections.send(requests, check);
  await settle();
  const ms = performance.now() - startedAt;
  return { operations: requests.length, ms, cpu: (await usage()) - before };
}

/** Returns `count` requests, by repeating the list. */
export function repeated(requests, count) {
  return Array.from({ length: count }, (_, index) => requests[index % requests.length]);
}

const LONGEST_MS = 10_000;

/** Requests pages until each is stored. After that, all work that a response left for later is done. */
export async function untilStored({ connections }, paths) {
  const end = performance.now() + LONGEST_MS;
  let missing = paths;
  while (missing.length > 0) {
    if (performance.now() > end) throw new Error(`Not stored: ${missing.join(' ')}`);
    const stored = new Set();
    for (const path of missing)
      await connections.send([requestFor(path)], (head) => {
        if (isHit(head)) stored.add(path);
        return isHit(head) || isMiss(head);
      });
    missing = missing.filter((path) => !stored.has(path));
  }
}
