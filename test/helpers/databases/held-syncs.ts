import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** Calls of `fdatasync` that are done, but whose callbacks have not been called yet. */
export class HeldSyncs {
  #held: ((failure?: Error) => void)[] = [];

  /** The number of held calls. */
  get count(): number {
    return this.#held.length;
  }

  hold(tell: (error: NodeJS.ErrnoException | null) => void, error: NodeJS.ErrnoException | null): void {
    this.#held.push((failure) => tell(failure ?? error));
  }

  /** Calls the callbacks of the held calls with their own results, or with `failure`. */
  letGo(failure?: Error): void {
    const held = this.#held;
    this.#held = [];
    for (const tell of held) tell(failure);
  }
}

/** Holds all calls of `fdatasync` from now on, until the test ends. */
export function holdSyncs(): HeldSyncs {
  const syncs = new HeldSyncs();
  const { fdatasync } = fs;
  const held = (descriptor: number, tell: (error: NodeJS.ErrnoException | null) => void) =>
    fdatasync(descriptor, (error) => syncs.hold(tell, error));
  Reflect.set(fs, 'fdatasync', held);
  syncBuiltinESMExports();
  onTestFinished(() => {
    Reflect.set(fs, 'fdatasync', fdatasync);
    syncBuiltinESMExports();
    syncs.letGo();
  });
  return syncs;
}
