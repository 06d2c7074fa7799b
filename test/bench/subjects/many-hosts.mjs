// Some of very many hosts, each with its connections, its cursor and its term, but without a ledger or pages:
// node many-hosts.mjs <cluster as JSON> <first> <count>.
// The code that deletes and waits is the package's own. Asked over IPC.
import { setTimeout as delay } from 'node:timers/promises';
import { Delivery } from '../../../dist/cluster/delivery.js';
import { Receiver } from '../../../dist/cluster/receiver.js';
import { Register } from '../../../dist/cluster/register.js';
import { Term } from '../../../dist/cluster/term.js';
import { FaultLog } from '../../../dist/log.js';
import { answerQuestions } from '../compare/subjects/answers.mjs';
import { clusterOf, watchServing } from '../harness/hosts/cluster.mjs';
import { CursorOnly } from '../harness/hosts/cursor-only.mjs';

/** The time in which all hosts must begin to serve. */
const START_MS = 120_000;

const [, , settings, first, count] = process.argv;
const cluster = clusterOf(JSON.parse(settings));
const hosts = Array.from({ length: Number(count) }, (_, index) => start(Number(first) + index));

function start(number) {
  const { termMilliseconds } = cluster;
  const watched = watchServing();
  const { logger } = watched;
  const bus = cluster.connect();
  const ledger = new CursorOnly(`host-${number}`);
  const register = new Register(bus, termMilliseconds);
  const receiver = new Receiver({
    ...{ bus, ledger, register, term: new Term(termMilliseconds, () => undefined), termMilliseconds },
    ...{ name: `host-${number}`, logger, faults: new FaultLog(logger), carryOut: async () => undefined },
  });
  receiver.start();
  return { watched, delivery: new Delivery({ bus, register, ledger }) };
}

async function deleteOn({ delivery }, number) {
  const selector = { kind: 'path', value: `/posts/post-${number}` };
  await delivery.deliver({ generation: 1, sequences: [number] }, [selector]);
}

const answers = {
  rest: async ({ seconds }) => await delay(seconds * 1_000),
  /** Resolves when the log is settled. Until then, deletions wait for hosts that may have been there before. */
  settle: async () => await deleteOn(hosts[0], 0),
  /**
   * Deletes at a rate, whether earlier deletions are done or not. A time counts from when the deletion was due.
   * Deletions that are not acknowledged within the patience have no time.
   */
  async delete({ perSecond, seconds, delayMilliseconds, patienceMilliseconds }) {
    const startedAt = performance.now() + delayMilliseconds;
    const total = Math.round(perSecond * seconds);
    const times = [];
    const under = [];
    for (let number = 0; number < total; number += 1) {
      const dueAt = startedAt + (number * 1_000) / perSecond;
      if (dueAt > performance.now()) await delay(dueAt - performance.now());
      const work = deleteOn(hosts[number % hosts.length], number);
      const done = () => void times.push(performance.now() - dueAt);
      under.push(work.then(done, () => undefined));
    }
    await Promise.race([Promise.all(under), delay(patienceMilliseconds)]);
    return { total, times: [...times] };
  },
  endedTerms: () => hosts.reduce((sum, { watched }) => sum + watched.endedTerms, 0),
};

process.on('disconnect', () => process.exit(0));
const isServing = Promise.all(hosts.map(({ watched }) => watched.serving));
const isLate = delay(START_MS, undefined, { ref: false }).then(() => {
  throw new Error(`Not all hosts serve pages after ${START_MS} ms`);
});
await Promise.race([isServing, isLate]);
answerQuestions(answers, { ready: {}, close: () => undefined });
