/**
 * Does work that starts processes, and stops these afterwards, the last one first. `work` passes each to `keep`, which
 * returns it.
 */
export async function whileRunning(work) {
  const running = [];
  const keep = (started) => {
    running.unshift(started);
    return started;
  };
  try {
    return await work(keep);
  } finally {
    for (const { stop } of running) await stop();
  }
}
