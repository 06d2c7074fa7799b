// How a subject talks to who measures it: it says that it is ready, answers questions, and ends when nobody is there to ask.

/** Microseconds of processor time of this process so far, with all its threads, in user and kernel mode. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What some work takes. */
export async function timed(work) {
  const before = processorTime();
  const startedAt = performance.now();
  await work();
  return { ms: performance.now() - startedAt, cpu: processorTime() - before };
}

/** `answers` is a function for each question. */
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
