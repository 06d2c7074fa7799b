import { readFileSync, statSync } from 'node:fs';

/** On Linux, this is different after each boot. Containers have that of their machine. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * Returns what must be the same for a ledger and the files beside it to agree: the file of the ledger, and the boot of
 * the machine. A power cut may lose a row and keep its page, and a ledger that was restored from a backup knows less
 * than is on the disk. Returns `undefined` if boots cannot be distinguished: then no agreement is assumed.
 */
export function groundOf(ledgerFile: string): string | undefined {
  const boot = bootId();
  if (boot === undefined) return undefined;
  return `${boot} ${identityOf(ledgerFile)}`;
}

/**
 * Returns the identity of a ledger's file; one that was restored from a backup has another. The inode number of a
 * removed file may be reused at once; its time of birth is not.
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
