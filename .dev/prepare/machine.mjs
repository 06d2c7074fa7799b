import { isOnPath, run } from './command.mjs';

export const isMac = process.platform === 'darwin';
export const hasApt = isOnPath('apt-get') && isOnPath('dpkg-deb');

/** Returns the words to put before a command that only root may run, or undefined if that would need a password. */
export function rightsOfRoot() {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).ok ? ['sudo', '-n'] : undefined;
}
