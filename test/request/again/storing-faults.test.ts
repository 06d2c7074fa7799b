import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { StoringFaults } from '../../../src/request/again/storing-faults.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';

const failed = (code: string, syscall = 'rename') => Object.assign(new Error(code), { code, syscall });

function start() {
  const logger = new RecordingLogger();
  const told = () => logger.lines.filter(({ level }) => level !== 'debug').map(({ fields }) => fields.fault);
  return { faults: new StoringFaults(logger), logger, told };
}

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

test.each([
  ['ENOSPC', 'write'],
  ['EROFS', 'open'],
  ['EMFILE', 'open'],
  ['EACCES', 'open'],
  ['SQLITE_FULL', undefined],
  [undefined, undefined],
])('after %s in %s, no page is tried for a while', (code, syscall) => {
  const { faults } = start();
  faults.met('/page', Object.assign(new Error(), { code, syscall }));
  expect(faults.isResting('/page')).toBe(true);
  expect(faults.isResting('/other')).toBe(true);
  vi.advanceTimersByTime(100);
  expect(faults.isResting('/other')).toBe(false);
});

test.each(['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EXDEV', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM'])(
  'after %s in placing a page, this one alone is not tried for a while',
  (code) => {
    const { faults } = start();
    faults.met('/page', failed(code));
    expect(faults.isResting('/page')).toBe(true);
    expect(faults.isResting('/other')).toBe(false);
    vi.advanceTimersByTime(100);
    expect(faults.isResting('/page')).toBe(false);
  },
);

describe('the rest', () => {
  test('doubles with each fault, up to half a minute, and begins anew after a success', () => {
    const { faults } = start();
    const restAfterFault = () => {
      faults.met('/page', failed('ENOSPC'));
      let milliseconds = 0;
      for (; faults.isResting('/page'); milliseconds += 100) vi.advanceTimersByTime(100);
      return milliseconds;
    };
    const rests = Array.from({ length: 11 }, restAfterFault);
    expect(rests.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(rests.slice(-2)).toEqual([30_000, 30_000]);
    faults.stored('/other');
    expect(restAfterFault()).toBe(100);
  });

  test('of one page is not ended by another that is stored', () => {
    const { faults } = start();
    faults.met('/page', failed('EISDIR'));
    faults.stored('/other');
    expect(faults.isResting('/page')).toBe(true);
    faults.stored('/page');
    expect(faults.isResting('/page')).toBe(false);
  });

  test('is remembered of a thousand pages', () => {
    const { faults } = start();
    for (let page = 0; page <= 1000; page += 1) faults.met(`/${page}`, failed('EXDEV'));
    expect([0, 1, 1000].map((page) => faults.isResting(`/${page}`))).toEqual([false, true, true]);
  });
});

describe('the log', () => {
  test('tells of a fault of the site once, and once that it is over', () => {
    const { faults, logger, told } = start();
    for (let count = 0; count < 5; count += 1) faults.met(`/${count}`, failed('ENOSPC', 'write'));
    expect(told()).toEqual(['ENOSPC']);
    faults.stored('/0');
    faults.stored('/1');
    expect(told()).toEqual(['ENOSPC', 'ENOSPC']);
    expect(logger.lines.at(-1)?.fields).toMatchObject({ fault: 'ENOSPC', repeated: 4 });
  });

  test('tells of what is in the way of some pages once, however many others are stored in between', () => {
    const { faults, told } = start();
    for (let count = 0; count < 5; count += 1) {
      faults.met(`/blog/${count}`, failed('EXDEV'));
      faults.unreadable('/page', failed('EACCES', 'open'));
      faults.stored('/other');
    }
    expect(told()).toEqual(['EXDEV', 'read EACCES']);
    for (let count = 0; count < 5; count += 1) faults.stored(`/blog/${count}`);
    expect(told()).toEqual(['EXDEV', 'read EACCES', 'EXDEV', 'read EACCES']);
  });
});
