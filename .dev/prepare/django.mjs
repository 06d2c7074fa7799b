import { join } from 'node:path';
import { isExecutable, run } from './command.mjs';
import { hasApt } from './machine.mjs';
import { say } from './messages.mjs';
import { unpackPackages } from './packages.mjs';
import { cache, readJson, record } from './places.mjs';

const PYTHON = '/usr/bin/python3';
const PACKAGES = ['python3-django', 'python3-whitenoise', 'python3-brotli'];
const PROGRAM = 'python-with-django';

/** Finds or unpacks Django with WhiteNoise, which `collect` is compared with. Returns whether they are there. */
export function provideDjango() {
  const target = join(cache, 'django');
  const noted = join(cache, 'django.json');
  const imports = (program) =>
    isExecutable(program) && run(program, ['-c', 'import django, whitenoise, brotli']).ok;
  if (imports(readJson(noted)?.python ?? '')) return true;
  const layout = { target, program: PROGRAM, launcher: () => withModules() };
  const candidates = [PYTHON, join(target, PROGRAM)];
  const find = () => candidates.find(imports);
  const found = find() ?? (hasApt && unpackPackages([PACKAGES], layout).ok ? find() : undefined);
  if (found === undefined) return false;
  record(noted, { python: found });
  say(`using ${found}`);
  return true;
}

/** Returns a script that starts the system's Python with the modules that were unpacked next to the script. */
function withModules() {
  return `#!/bin/sh
here=$(dirname "$0")
PYTHONPATH="$here/usr/lib/python3/dist-packages" exec ${PYTHON} "$@"
`;
}
