/** Checks the package as it would be published. It is packed once, and both checkers read that file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare/places.mjs';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
try {
  const words = ['pack', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8' }));
  const file = join(folder, filename);
  const checks = [
    ['publint', file, '--strict'],
    ['attw', file, '--profile', 'esm-only'],
  ];
  for (const check of checks)
    if (spawnSync('npx', check, { cwd: root, stdio: 'inherit' }).status !== 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
