/** Waits for work. Rejects if it takes too long, or with the signal's reason. Leaves no listener on the signal. */
export function within<T>(
  work: Promise<T>,
  milliseconds: number,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer within ${milliseconds} ms to: ${what}`))),
      milliseconds,
    ).unref();
    const giveUp = () => finish(() => reject(signal.reason));
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      settle();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    work.then(
      (value) => finish(() => resolve(value)),
      (error) => finish(() => reject(error)),
    );
  });
}
