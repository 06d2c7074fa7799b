import { readFileSync, statSync } from 'node:fs';

/** On Linux: another one after each boot. Containers share their machine's. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * What the agreement of a ledger and the files beside it rests on: one file, in one boot of the machine. A power cut may
 * take a row and leave its page, and a ledger that was copied back from a backup knows less than lies on disk. Undefined
 * where boots cannot be told apart: then nothing is taken for granted.
 */
export function groundOf(ledgerFile: string): string | undefined {
  const boot = bootId();
  if (boot === undefined) return undefined;
  return `${boot} ${identityOf(ledgerFile)}`;
}

/**
 * Which file a ledger is: one that was copied back from a backup is another. The number of a file that was removed is given
 * again at once; the time of its birth is not.
 */
export function identityOf(ledgerFile: string): string {
  const { dev: device, ino: inode, birthtimeNs } = statSync(ledgerFile, { bigint: true });
  return `${device}:${inode}:${birthtimeNs}`;
}

function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return undefined;
  }
}
