/**
 * A collect that is killed, or meets an error, at any of its calls: the old set stays complete until the new set is.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { readManifest } from '../../../src/assets/manifest.js';
import { codingSuffixes } from '../../../src/assets/serve/source.js';
import { contentHash } from '../../../src/store/content-hash.js';
import { effort } from '../../helpers/effort.js';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { AssetFolders, assetFolders, type Files } from './collected-files.js';

/**
 * A short run tries only some of the calls: two full collects follow each fault, and a new process follows each kill.
 */
const KILL_EVERY = effort({ usual: 53, long: 1 });
const FAIL_EVERY = effort({ usual: 31, long: 1 });
const KINDS = effort({ usual: ['ENOSPC'], long: ['ENOSPC', 'EIO'] });
const LONG = 'a { color: red; }\n'.repeat(100);
const before: Files = {
  'a.css': `@import "b.css";${LONG}`,
  'b.css': 'b{c:url(img.png)}',
  'img.png': '1',
  'same.js': LONG,
  'gone.css': LONG,
};
const after: Files = {
  'img.png': '2',
  'short.css': 's{}',
  'a.css': `@import "b.css";${LONG}x{}`,
  'new/n.css': LONG,
};

interface Met {
  readonly calls: readonly string[];
  readonly error?: { readonly code?: string; readonly message: string };
}

class Collector {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Collector> {
    const preload = new URL('../../helpers/protocol/faults/preload.mjs', import.meta.url).href;
    const child = fork(fileURLToPath(new URL('process.mjs', import.meta.url)), {
      execArgv: ['--import', preload],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return new Collector(child);
  }

  /** Collects with a fault. Returns `undefined` if the process was killed. */
  async meet(
    folder: string,
    fault: { readonly at: number; readonly kind: string },
  ): Promise<Met | undefined> {
    const ended = Promise.race([
      once(this.#child, 'message').then(([met]) => met as Met),
      once(this.#child, 'exit').then(() => undefined),
    ]);
    this.#child.send({ folder, fault });
    return await ended;
  }
}

/** Collects a first set, and writes the sources of a second one. */
async function twoSets() {
  const folders = await assetFolders(before);
  await folders.collect();
  const oldDigest = readManifest(folders.root)?.digest;
  folders.write(after);
  rmSync(join(folders.folder, 'static/gone.css'));
  const whole = await assetFolders({});
  cpSync(join(folders.folder, 'static'), join(whole.folder, 'static'), { recursive: true });
  await whole.collect();
  const newDigest = readManifest(whole.root)?.digest;
  let copies = 0;
  const copy = () => {
    copies += 1;
    const folder = join(folders.folder, `copy-${copies}`);
    for (const name of ['static', 'collected'])
      cpSync(join(folders.folder, name), join(folder, name), { recursive: true, preserveTimestamps: true });
    return new AssetFolders(folder);
  };
  return { copy, oldDigest, newDigest, whole };
}

/** Checks that every asset of the manifest, and every coding, is complete under its digested name. */
function checkServed({ root }: AssetFolders, digests: readonly (string | undefined)[]): void {
  const manifest = readManifest(root);
  expect(digests).toContain(manifest?.digest);
  for (const { digestedPath, hash, codings } of manifest?.assets.values() ?? []) {
    expect(contentHash(readFileSync(join(root, digestedPath))), digestedPath).toBe(hash);
    for (const { coding, bytes } of codings)
      expect(readFileSync(join(root, digestedPath + codingSuffixes[coding])).length).toBe(bytes);
  }
  checkCodings(root);
}

/** Checks that no coding is next to a file that it was not made from. */
function checkCodings(root: string): void {
  for (const file of filesIn(root)) {
    const decode = file.endsWith('.gz') ? gunzipSync : brotliDecompressSync;
    if (!/\.(?:gz|br)$/.test(file)) continue;
    const plain = join(root, file.slice(0, -3));
    if (existsSync(plain)) expect(decode(readFileSync(join(root, file))), file).toEqual(readFileSync(plain));
  }
}

function filesIn(root: string): string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.staticgenerator'));
  return files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

function contentsOf(root: string): Map<string, Buffer> {
  return new Map(filesIn(root).map((file) => [file, readFileSync(join(root, file))]));
}

/** Checks that the next collect repairs everything that a fault has left. */
async function checkRepaired(folders: AssetFolders, whole: AssetFolders): Promise<void> {
  await folders.collect();
  checkServed(folders, [readManifest(whole.root)?.digest]);
  await folders.collect({ clean: true });
  expect(contentsOf(folders.root)).toEqual(contentsOf(whole.root));
}

test('killed before any of its calls, the next one repairs it', { timeout: 10 * 60_000 }, async () => {
  const { copy, oldDigest, newDigest, whole } = await twoSets();
  const untouched = await (await Collector.start()).meet(copy().folder, { at: -1, kind: 'SIGKILL' });
  const total = untouched?.calls.length ?? 0;
  expect(total).toBeGreaterThan(50);
  const seen = new Set<string | undefined>();
  for (let at = 1; at <= total; at += KILL_EVERY) {
    const folders = copy();
    const killed = await (await Collector.start()).meet(folders.folder, { at, kind: 'SIGKILL' });
    expect(killed).toBeUndefined();
    checkServed(folders, [oldDigest, newDigest]);
    seen.add(readManifest(folders.root)?.digest);
    await checkRepaired(folders, whole);
  }
  expect(seen).toEqual(new Set([oldDigest, newDigest]));
});

test.each(KINDS)(
  '%s at any of its calls is told, and the next one repairs it',
  { timeout: 10 * 60_000 },
  async (kind) => {
    const { copy, oldDigest, newDigest, whole } = await twoSets();
    const collector = await Collector.start();
    const endings: boolean[] = [];
    for (let at = 1; ; at += FAIL_EVERY) {
      const folders = copy();
      const met = await collector.meet(folders.folder, { at, kind });
      if (met === undefined) throw new Error('The process died');
      if (met.calls.length < at) break;
      endings.push(met.error === undefined);
      checkServed(folders, [oldDigest, newDigest]);
      await checkRepaired(folders, whole);
    }
    expect(endings.length).toBeGreaterThan(50 / FAIL_EVERY);
    expect(endings.filter((succeeded) => succeeded)).toEqual([]);
  },
);
