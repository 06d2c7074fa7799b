/** Does work whose processes end with it, the last one first: those that it hands to `keep`, which gives them back. */
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
