import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Selector } from '../../src/page/selector.js';
import { effort } from '../helpers/effort.js';
import { recover } from '../helpers/protocol/aftermath.js';
import {
  FaultProcess,
  type Meeting,
  type Operation,
  operations,
} from '../helpers/protocol/faults/fault-process.js';
import { temporaryMemoryFolder } from '../helpers/protocol/faults/memory-folder.js';
import { contentOf } from '../helpers/protocol/page-body.mjs';

const PATHS = ['/a', '/a/', '/a/x'];
const errors = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EXDEV', 'ENAMETOOLONG'] as const;
type ErrorKind = (typeof errors)[number];
const TIMEOUT_MS = 10 * 60 * 1000;
/** More calls than any operation makes, so the operation runs without a fault. */
const NEVER = 1_000_000;
/** The process is killed once in this many calls; in FAIL_EVERY, one call in this many fails. */
const KILL_EVERY = effort({ usual: 16, long: 1 });
const FAIL_EVERY = effort({ usual: 12, long: 1 });

const selectors: Readonly<Partial<Record<Operation, Selector>>> = {
  'delete by path': { kind: 'path', value: '/a' },
  'delete by glob': { kind: 'glob', value: '/a/**' },
  'delete by tag': { kind: 'tag', value: 'news' },
};
/** The pages of PATHS that each operation deletes. */
const deleted: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  'delete by path': ['/a', '/a/'],
  'delete by glob': PATHS,
  'delete by tag': PATHS,
};

/** The process that prepares each WEB_ROOT, and meets the errors that do not end it. */
let lasting: FaultProcess;
beforeAll(async () => {
  lasting = await FaultProcess.start();
});
afterAll(() => lasting.stop());

/** Prepares a WEB_ROOT in which every page is of the first version. Returns a function that copies it. */
async function preparedFolder() {
  const folder = temporaryMemoryFolder();
  const template = join(folder, 'template');
  await lasting.prepare(template, PATHS);
  return (name: string) => {
    const webRoot = join(folder, name);
    cpSync(template, webRoot, { recursive: true });
    return webRoot;
  };
}

/** Checks what the next process finds: each page is old or new, and no old page is left that was deleted. */
async function checkAftermath(webRoot: string, operation: Operation, mustBeGone: boolean): Promise<void> {
  const { pages, recorded } = await recover(webRoot);
  const selector = selectors[operation];
  // The publication of a path has left an entry that looks the same.
  const published = PATHS.filter((path) => selector?.kind === 'path' && selector.value === path);
  const entries = recorded.filter((one) => JSON.stringify(one) === JSON.stringify(selector));
  const isRecorded = entries.length > published.length;
  const gone = mustBeGone || isRecorded ? (deleted[operation] ?? []) : [];
  for (const { content } of pages) {
    const expected = content.path === '/new' ? [2] : gone.includes(content.path) ? [] : [1, 2];
    expect(expected, `${content.path} of version ${content.version}`).toContain(content.version);
  }
  const unrelated = PATHS.filter((path) => deleted[operation]?.includes(path) === false);
  const there = pages.map(({ content }) => content.path);
  for (const path of unrelated) expect(there).toContain(path);
}

/** Returns the calls of an operation without faults. */
async function countCalls(operation: Operation, copy: (name: string) => string): Promise<readonly string[]> {
  const meeting = await lasting.meet(copy('untouched'), operation, { at: NEVER, kind: 'EIO' });
  expect(meeting?.error).toBeUndefined();
  expect(meeting?.calls.length).toBeGreaterThan(5);
  // The calls of the thread that writes pages count too.
  if (!operation.startsWith('delete')) expect(meeting?.calls).toContain('futimes');
  // After a power cut, deleted pages must not come back.
  if (operation.startsWith('delete')) expect(meeting?.calls).toContain('fdatasync');
  return meeting?.calls ?? [];
}

describe('kill -9 before any call', { timeout: TIMEOUT_MS }, () => {
  const killed = effort<readonly Operation[]>({ usual: ['publish', 'delete by tag'], long: operations });

  test.each(killed)('of %s', async (operation) => {
    const copy = await preparedFolder();
    const calls = await countCalls(operation, copy);
    const numbers = calls.keys();
    let kills = 0;
    const work = async () => {
      for (const index of numbers) {
        if (index % KILL_EVERY !== 0) continue;
        const process = await FaultProcess.start();
        const webRoot = copy(`killed-${index}`);
        const meeting = await process.meet(webRoot, operation, { at: index + 1, kind: 'SIGKILL' });
        // The size of a batch depends on time, so a deletion may make fewer calls than counted. Then the process was
        // not killed.
        if (meeting !== undefined) {
          expect(meeting.error).toBeUndefined();
          await process.stop();
        } else kills += 1;
        try {
          await checkAftermath(webRoot, operation, false);
        } catch (error) {
          throw new Error(`${operation}: killed before call ${index + 1}, ${calls[index]}`, { cause: error });
        }
      }
    };
    await Promise.all([work(), work()]);
    expect(kills).toBeGreaterThanOrEqual(Math.ceil(calls.length / KILL_EVERY) - 2);
  });
});

describe('an error in any call', { timeout: TIMEOUT_MS }, () => {
  test.each(operations)('of %s', async (operation) => {
    const copy = await preparedFolder();
    const calls = await countCalls(operation, copy);
    for (const [index, call] of calls.entries()) {
      // Each operation tries other calls.
      if (index % FAIL_EVERY !== operations.indexOf(operation) % FAIL_EVERY) continue;
      const kinds = effort<readonly ErrorKind[]>({
        usual: [errors[Math.floor(index / FAIL_EVERY) % errors.length] ?? 'EIO'],
        long: errors,
      });
      for (const kind of kinds) {
        const webRoot = copy(`${kind}-${index}`);
        const meeting = await lasting.meet(webRoot, operation, { at: index + 1, kind });
        if (meeting === undefined) throw new Error('The process died');
        try {
          checkMeeting(operation, meeting);
          await checkAftermath(webRoot, operation, operation.startsWith('delete'));
        } catch (error) {
          throw new Error(`${operation}: ${kind} at call ${index + 1}, ${call}`, { cause: error });
        }
      }
    }
  });
});

/** Checks that a visitor notices nothing, and that a deletion rejects if it fails, and succeeds when it is repeated. */
function checkMeeting(operation: Operation, { value, error, again }: Meeting): void {
  if (operation === 'visit') {
    const { status, body } = value as { status: number; body: string };
    expect(status).toBe(200);
    expect(contentOf(body).version).toBe(2);
  } else if (operation === 'publish') {
    expect(error === undefined || typeof error.code === 'string').toBe(true);
  } else if (error !== undefined) {
    expect(error.code).toMatch(/^ERR_(?:DELETE_FAILED|LEDGER_UNUSABLE)$/);
    expect(again?.error).toBeUndefined();
  }
}
