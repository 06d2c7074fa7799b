import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MarkedFolder } from '../../files/marked-folder.js';
import { type Held, hold } from '../../ledger/sqlite/file/alone.js';
import { isBusy } from '../../ledger/sqlite/lock.js';

const LOCK = 'collect-lock';
const LOOK_AGAIN_MS = 50;

/**
 * Does work on STATIC_ROOT while no other process does. If another one is at work, calls `onWait` once, and waits. If a
 * process dies, its turn ends.
 */
export async function inTurn<T>(
  { stateFolder }: MarkedFolder,
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const turn = await takeTurn(join(stateFolder, LOCK), onWait);
  try {
    return await work();
  } finally {
    turn.release();
  }
}

async function takeTurn(lockFile: string, onWait: () => void): Promise<Held> {
  for (let attempt = 0; ; attempt += 1) {
    const turn = holdUnlessBusy(lockFile);
    if (turn !== undefined) return turn;
    if (attempt === 0) onWait();
    await delay(LOOK_AGAIN_MS);
  }
}

function holdUnlessBusy(lockFile: string): Held | undefined {
  try {
    return hold(lockFile, 0);
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  }
}
