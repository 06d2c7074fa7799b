import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** Calls of `fdatasync` that have been carried out, and whose end nobody hears of yet. */
export class HeldSyncs {
  #held: ((failure?: Error) => void)[] = [];

  /** How many there are. */
  get count(): number {
    return this.#held.length;
  }

  hold(tell: (error: NodeJS.ErrnoException | null) => void, error: NodeJS.ErrnoException | null): void {
    this.#held.push((failure) => tell(failure ?? error));
  }

  /** Tells of those that are held, that they ended as they did, or that they failed. */
  letGo(failure?: Error): void {
    const held = this.#held;
    this.#held = [];
    for (const tell of held) tell(failure);
  }
}

/** From now on, until the test ends. */
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
