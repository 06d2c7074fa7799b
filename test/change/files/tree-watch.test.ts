/** Changes to files below a folder are reported, whatever happens to the folder, to links to it, and to links in it. */
import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TreeWatch } from '../../../src/change/files/tree-watch.js';
import { effort } from '../../helpers/effort.js';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { temporaryFolder } from '../../helpers/temporary.js';

/** So rarely that only events count. */
const NEVER_MS = 2 ** 31 - 1;

class Watched {
  readonly changed = new Set<string>();
  readonly presence: boolean[] = [];
  readonly silences: unknown[] = [];
  readonly top: string;
  readonly #events = new EventEmitter();

  constructor(top: string) {
    this.top = top;
  }

  async start(folder: string, options: { readonly depth?: number; readonly lookEveryMs?: number } = {}) {
    const watch = new TreeWatch({
      ...{
        folder: join(this.top, folder),
        depth: Number.POSITIVE_INFINITY,
        lookEveryMs: NEVER_MS,
        ...options,
      },
      onChange: (file) => {
        this.changed.add(file.slice(this.top.length + 1));
        this.#events.emit('change');
      },
      onPresence: (_, isThere) => {
        this.presence.push(isThere);
        this.#events.emit('change');
      },
      onSilence: (_, why) => this.silences.push(why),
      keepsAlive: true,
    });
    onTestFinished(() => watch.stop());
    await watch.start();
    return watch;
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) await once(this.#events, 'change', { signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  async changes(...files: readonly string[]): Promise<void> {
    await this.until(() => files.every((file) => this.changed.has(file)));
    this.changed.clear();
  }

  write(file: string, text = String(Math.random())): void {
    mkdirSync(dirname(join(this.top, file)), { recursive: true });
    writeFileSync(join(this.top, file), text);
  }

  writeAll(files: readonly string[]): void {
    for (const file of files) this.write(file);
  }

  exists(path: string): boolean {
    return existsSync(join(this.top, path));
  }

  remove(path: string): void {
    rmSync(join(this.top, path), { recursive: true, force: true });
  }

  move(from: string, to: string): void {
    renameSync(join(this.top, from), join(this.top, to));
  }

  link(target: string, path: string): void {
    symlinkSync(target, join(this.top, path));
  }

  /** Replaces a link as a careful `ln -sfn` does: a new link takes over the name. */
  switch(target: string, path: string): void {
    this.link(target, `${path}.new`);
    this.move(`${path}.new`, path);
  }
}

interface Case {
  readonly name: string;
  readonly before: (site: Watched) => void;
  readonly change: (site: Watched) => void;
  /** The paths that the watch reports for the change. */
  readonly told: readonly string[];
  /** A file that is written again afterwards. Default: the first of `told`. */
  readonly later?: string;
  readonly laterTold?: string;
}

const A = 'content/a.md';

const cases: readonly Case[] = [
  { name: 'a file is written', before: (site) => site.write(A), change: (site) => site.write(A), told: [A] },
  {
    name: 'a folder is made with files in it',
    before: (site) => site.write('content/x.md'),
    change: (site) => site.write('content/new/deep/a.md'),
    told: ['content/new/deep/a.md'],
  },
  {
    name: 'the folder is replaced',
    before: (site) => site.writeAll([A, 'content/gone.md', 'next/a.md', 'next/new.md']),
    change: (site) => {
      site.move('content', 'old');
      site.move('next', 'content');
    },
    told: [A, 'content/gone.md', 'content/new.md'],
  },
  {
    name: 'a folder in it is replaced',
    before: (site) => site.writeAll(['content/sub/a.md', 'next/a.md']),
    change: (site) => {
      site.move('content/sub', 'old');
      site.move('next', 'content/sub');
    },
    told: ['content/sub/a.md'],
  },
  {
    name: 'a folder above it is replaced',
    before: (site) => site.writeAll(['app/content/a.md', 'next/content/a.md']),
    change: (site) => {
      site.link('app/content', 'unrelated');
      site.move('app', 'old');
      site.move('next', 'app');
    },
    told: ['app/content/a.md'],
  },
  {
    name: 'it is a link that is switched',
    before: (site) => {
      for (const file of ['releases/1/a.md', 'releases/2/a.md']) site.write(file);
      site.link('releases/1', 'content');
    },
    change: (site) => site.switch('releases/2', 'content'),
    told: [A],
  },
  {
    name: 'a link above it is switched',
    before: (site) => {
      for (const file of ['releases/1/content/a.md', 'releases/2/content/a.md']) site.write(file);
      site.link('releases/1', 'current');
    },
    change: (site) => site.switch('releases/2', 'current'),
    told: ['current/content/a.md'],
  },
  {
    name: 'a link that its link leads through is switched',
    before: (site) => {
      for (const file of ['releases/1/content/a.md', 'releases/2/content/a.md']) site.write(file);
      site.link('1', 'releases/current');
      mkdirSync(join(site.top, 'srv'));
      site.link('../releases/current/content', 'srv/content');
    },
    change: (site) => site.switch('2', 'releases/current'),
    told: ['srv/content/a.md'],
  },
  {
    name: 'a ConfigMap is swapped',
    before: (site) => {
      for (const file of ['content/..1/a.md', 'content/..2/a.md']) site.write(file);
      site.link('..1', 'content/..data');
      site.link('..data/a.md', A);
    },
    change: (site) => {
      site.switch('..2', 'content/..data');
      rmSync(join(site.top, 'content/..1'), { recursive: true });
    },
    told: [A],
    later: 'content/..2/a.md',
    laterTold: A,
  },
  {
    name: 'it is not there yet, nor is the folder above it',
    before: (site) => site.write('x'),
    change: (site) => site.write('app/content/a.md'),
    told: ['app/content/a.md'],
  },
  {
    name: 'it vanishes and comes back',
    before: (site) => site.writeAll(['content/a.md', 'content/b/c.md']),
    change: (site) => {
      rmSync(join(site.top, 'content'), { recursive: true });
      site.write(A);
    },
    told: [A, 'content/b/c.md'],
  },
  {
    name: 'the target of a link in it is written',
    before: (site) => {
      site.write('shared/a.md');
      mkdirSync(join(site.top, 'content'));
      site.link('../shared/a.md', A);
    },
    change: (site) => site.write('shared/a.md'),
    told: [A],
    later: 'shared/a.md',
    laterTold: A,
  },
  {
    name: 'the target of a link in it is replaced',
    before: (site) => {
      for (const file of ['shared/a.md', 'shared/next.md']) site.write(file);
      mkdirSync(join(site.top, 'content'));
      site.link(join(site.top, 'shared/a.md'), A);
    },
    change: (site) => site.move('shared/next.md', 'shared/a.md'),
    told: [A],
    later: 'shared/a.md',
    laterTold: A,
  },
  {
    name: 'a link in it to nothing leads somewhere',
    before: (site) => {
      site.write('content/x.md');
      site.link('../shared/deep/a.md', A);
    },
    change: (site) => site.write('shared/deep/a.md'),
    told: [A],
    later: 'shared/deep/a.md',
    laterTold: A,
  },
  {
    name: 'a folder that a link in it leads to is switched',
    before: (site) => {
      for (const file of ['themes/1/a.md', 'themes/2/a.md', 'content/x.md']) site.write(file);
      site.link('../themes/1', 'content/theme');
    },
    change: (site) => site.switch('../themes/2', 'content/theme'),
    told: ['content/theme/a.md'],
  },
  {
    name: 'a file becomes a folder',
    before: (site) => site.write('content/a'),
    change: (site) => {
      unlinkSync(join(site.top, 'content/a'));
      site.write('content/a/b.md');
    },
    told: ['content/a', 'content/a/b.md'],
    later: 'content/a/b.md',
  },
  {
    name: 'a link in it leads back to it',
    before: (site) => {
      site.write(A);
      site.link('.', 'content/self');
      site.link('..', 'content/up');
    },
    change: (site) => site.write(A),
    told: [A],
  },
];

describe('a change is told, and so is the next one, where', () => {
  test.each(cases)('$name', async ({ before, change, told, later = told[0] ?? '', laterTold = later }) => {
    const site = new Watched(await temporaryFolder());
    before(site);
    await site.start(dirname(told.at(0) ?? '').replace(/\/(?:sub|new\/deep|theme|a)$/, ''));
    expect([...site.changed]).toEqual([]);
    change(site);
    await site.changes(...told);
    site.write(later);
    await site.changes(laterTold);
    expect(site.silences).toEqual([]);
  });
});

/** What may happen to a folder, whether or not it exists. */
const fates: Readonly<Record<string, (site: Watched) => void>> = {
  removed: (site) => site.remove('content'),
  'moved away': (site) => site.exists('content') && site.move('content', `old-${Math.random()}`),
  made: (site) => site.exists('content') || site.write('content/sub/a.md'),
  replaced: (site) => {
    site.write('next/sub/a.md');
    site.remove('content');
    site.move('next', 'content');
  },
  linked: (site) => {
    site.write('releases/1/sub/a.md');
    site.remove('content');
    site.link('releases/1', 'content');
  },
  'its folder replaced': (site) => {
    if (!site.exists('content')) return;
    site.write('next/a.md');
    site.remove('content/sub');
    site.move('next', 'content/sub');
  },
  'its folder linked': (site) => {
    if (!site.exists('content')) return;
    site.write('themes/1/a.md');
    site.remove('content/sub');
    site.link(join(site.top, 'themes/1'), 'content/sub');
  },
  'its link replaced': (site) => {
    site.remove('releases');
    site.write('releases/1/sub/a.md');
  },
};

test('a change is told, whatever has become of the folder before', async () => {
  const lives = fc.array(fc.constantFrom(...Object.keys(fates)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(lives, fc.boolean(), async (life, isThere) => {
      const site = new Watched(await temporaryFolder());
      if (isThere) site.write('content/sub/a.md');
      const watch = await site.start('content');
      for (const fate of life) fates[fate]?.(site);
      const last = `content/sub/last-${Math.random()}.md`;
      site.write(last);
      await site.changes(last);
      site.write(last);
      await site.changes(last);
      await watch.stop();
    }),
    { numRuns: effort({ usual: 25, long: 2000 }) },
  );
});

test('two changes of a file within a tick of the clock are both told', async () => {
  const site = new Watched(await temporaryFolder());
  site.write(A, '0');
  await site.start('content');
  for (let round = 0; round < 50; round += 1) {
    site.write(A, String(round % 10));
    await site.changes(A);
  }
});

test('files deeper than can match are not watched', async () => {
  const site = new Watched(await temporaryFolder());
  for (const file of ['content/a.md', 'content/b/c.md', 'content/b/d/e.md']) site.write(file);
  await site.start('content', { depth: 1 });
  site.write('content/b/d/e.md');
  site.write('content/b/c.md');
  await site.changes('content/b/c.md');
  expect([...site.changed]).toEqual([]);
});

test('that the folder is not there is told, once, and that it is there again', async () => {
  const site = new Watched(await temporaryFolder());
  await site.start('content');
  expect(site.presence).toEqual([false]);
  site.write(A);
  await site.changes(A);
  rmSync(join(site.top, 'content'), { recursive: true });
  await site.until(() => site.presence.length === 3);
  expect(site.presence).toEqual([false, true, false]);
});

test('a folder on another file system is watched through a link', async () => {
  const site = new Watched(await temporaryFolder());
  const memory = mkdtempSync('/dev/shm/staticgenerator-');
  onTestFinished(() => rmSync(memory, { recursive: true }));
  writeFileSync(join(memory, 'a.md'), 'old');
  site.link(memory, 'content');
  await site.start('content');
  writeFileSync(join(memory, 'a.md'), 'new');
  await site.changes(A);
});

const canMount = (() => {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();

test.skipIf(!canMount)(
  'a single file that is mounted into the folder, as containers do, is looked at',
  async () => {
    const site = new Watched(await temporaryFolder());
    site.writeAll(['content/a b.md', 'host/a.md']);
    const mounted = join(site.top, 'content/a b.md');
    execFileSync('mount', ['--bind', join(site.top, 'host/a.md'), mounted]);
    onTestFinished(() => void execFileSync('umount', [mounted]));
    await site.start('content', { lookEveryMs: 100 });
    for (const text of ['new', 'newer']) {
      site.write('host/a.md', text);
      await site.changes('content/a b.md');
    }
  },
);

test.skipIf(!canMount)(
  'a file system that is mounted over the folder is found, and so is its removal',
  async () => {
    const site = new Watched(await temporaryFolder());
    site.write(A);
    await site.start('content', { lookEveryMs: 100 });
    execFileSync('mount', ['-t', 'tmpfs', 'none', join(site.top, 'content')]);
    let isMounted = true;
    const unmount = () => {
      if (isMounted) execFileSync('umount', [join(site.top, 'content')]);
      isMounted = false;
    };
    onTestFinished(unmount);
    await site.changes(A);
    site.write('content/b.md');
    await site.changes('content/b.md');
    unmount();
    await site.changes(A, 'content/b.md');
    site.write(A);
    await site.changes(A);
  },
);
