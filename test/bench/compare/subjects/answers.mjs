// How a subject talks to the process that measures it: it reports that it is ready, answers questions, and stops when
// that process disconnects.

/** Returns the microseconds of processor time of this process so far, with all its threads, in user and kernel mode. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Measures the time of some work: milliseconds of the clock, microseconds of processor time. */
export async function timed(work) {
  const before = processorTime();
  const startedAt = performance.now();
  await work();
  return { ms: performance.now() - startedAt, cpu: processorTime() - before };
}

/** Answers questions. `answers` has a function for each question. */
export function answerQuestions(answers, { ready = {}, close }) {
  process.on('message', async ({ ask, ...fields }) => {
    try {
      process.send({ value: await answers[ask](fields) });
    } catch (error) {
      process.send({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.on('disconnect', async () => {
    await close();
    process.exit(0);
  });
  process.send(ready);
}
