import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { binary, run, siteFolder } from '../run.js';

test('watch tells of each deletion in a line of JSON, and SIGINT ends it with 0', async () => {
  const { folder } = await siteFolder({ watch: [{ files: 'content/*.md', pages: ['/a', '/a%25b'] }] });
  await mkdir(join(folder, 'content'));
  const child = spawn(process.execPath, [binary, 'watch', '--json'], { cwd: folder });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect(JSON.parse((await lines.next()).value)).toEqual({ watching: ['content/*.md'] });
  await writeFile(join(folder, 'content/a.md'), 'new');
  expect(JSON.parse((await lines.next()).value)).toEqual({
    ...{ files: ['content/a.md'], deleted: [] },
    notPages: ['/a%25b'],
  });
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

/** Limits the watches of a shell and its children only. Root in a user namespace may set this limit. */
const limited = 'echo 3 > /proc/sys/user/max_inotify_watches && exec "$@"';
const canLimit = (() => {
  try {
    execFileSync('unshare', ['-Ur', 'sh', '-c', limited, 'sh', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!canLimit)(
  'where the system refuses to watch more, changes are still noticed, and the log says what to do',
  async () => {
    const { folder } = await siteFolder({ watch: [{ files: 'content/**/*.md', pages: ['/a'] }] });
    await mkdir(join(folder, 'content/deep'), { recursive: true });
    const child = spawn(
      'unshare',
      ['-Ur', 'sh', '-c', limited, 'sh', process.execPath, binary, 'watch', '--json'],
      {
        cwd: folder,
      },
    );
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const told = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value)).toEqual({ watching: ['content/**/*.md'] });
    expect((await told.next()).value).toMatch(/checked every two seconds.*fs\.inotify\.max_user_watches/);
    await writeFile(join(folder, 'content/deep/a.md'), 'new');
    expect(JSON.parse((await lines.next()).value)).toMatchObject({ files: ['content/deep/a.md'] });
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  },
);

test('watch without the option is wrong usage, and its help has examples', async () => {
  const { folder } = await siteFolder();
  expect(await run(['watch'], { folder })).toMatchObject({ code: 2, stdout: '' });
  expect((await run(['watch', '--help'], { folder })).stdout).toContain('$ staticgenerator watch --json');
});
