import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createLogger, FaultLog, isLogger, silentLogger } from '../src/log.js';
import { RecordingLogger } from './helpers/recording-logger.js';

const noop = () => undefined;

describe('a logger', () => {
  test.each<[string, unknown]>([
    ['that of this package', createLogger()],
    ['the one that says nothing', silentLogger],
    ['the console', console],
    ['an instance of a class', new RecordingLogger()],
    ['any object with the four methods', { debug: noop, info: noop, warn: noop, error: noop }],
  ])('is %s', (_, value) => {
    expect(isLogger(value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a function', noop],
    ['an empty object', {}],
    ['an object that lacks debug', { info: noop, warn: noop, error: noop }],
    ['an object that lacks info', { debug: noop, warn: noop, error: noop }],
    ['an object that lacks warn', { debug: noop, info: noop, error: noop }],
    ['an object that lacks error', { debug: noop, info: noop, warn: noop }],
    ['an object whose methods are none', { debug: 1, info: 1, warn: 1, error: 1 }],
  ])('is not %s', (_, value) => {
    expect(isLogger(value)).toBe(false);
  });
});

describe('the default logger', () => {
  test('writes lines of JSON to standard error, at once, and nothing to standard output', async () => {
    const log = new URL('../dist/log.js', import.meta.url).href;
    // The process exits without waiting for anything.
    const script = `const { createLogger, silentLogger } = await import(process.argv[1]);
      const logger = createLogger();
      logger.debug({}, 'unsaid');
      logger.info({ pages: 2 }, 'said');
      logger.warn({ err: new Error('why') }, 'warned');
      silentLogger.error({}, 'unsaid');
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, log], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect(stdout).toBe('');
    const lines: unknown[] = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ name: 'staticgenerator', level: 30, pages: 2, msg: 'said' }),
      expect.objectContaining({ level: 40, msg: 'warned', err: expect.objectContaining({ message: 'why' }) }),
    ]);
  });
});

describe('a fault that comes again and again', () => {
  test('is a warning once, and counted from then on', () => {
    const logger = new RecordingLogger();
    const faults = new FaultLog(logger);
    const error = new Error('disk full');
    for (let time = 0; time < 3; time += 1) faults.report('ENOSPC', error, { path: '/a' }, 'not stored');
    expect(logger.lines).toEqual([
      { level: 'warn', message: 'not stored', fields: { path: '/a', fault: 'ENOSPC', err: error } },
      {
        level: 'debug',
        message: 'not stored',
        fields: { path: '/a', fault: 'ENOSPC', err: error, repeated: 1 },
      },
      {
        level: 'debug',
        message: 'not stored',
        fields: { path: '/a', fault: 'ENOSPC', err: error, repeated: 2 },
      },
    ]);
  });

  test('is told from others', () => {
    const logger = new RecordingLogger();
    const faults = new FaultLog(logger);
    for (const kind of ['ENOSPC', 'EACCES', 'ENOSPC']) faults.report(kind, undefined, {}, 'not stored');
    expect(logger.lines.map(({ level, fields }) => `${level} ${fields.fault}`)).toEqual([
      'warn ENOSPC',
      'warn EACCES',
      'debug ENOSPC',
    ]);
  });

  test('is told to be over once, with how often it was repeated, and is a warning again after that', () => {
    const logger = new RecordingLogger();
    const faults = new FaultLog(logger);
    for (const kind of ['ENOSPC', 'EACCES', 'ENOSPC']) faults.report(kind, undefined, {}, 'not stored');
    const from = logger.lines.length;
    faults.recovered();
    faults.recovered();
    expect(logger.lines.slice(from)).toEqual([
      { level: 'info', message: 'works again after a fault', fields: { fault: 'ENOSPC', repeated: 1 } },
      { level: 'info', message: 'works again after a fault', fields: { fault: 'EACCES', repeated: 0 } },
    ]);
    faults.report('ENOSPC', undefined, {}, 'not stored');
    expect(logger.lines.at(-1)?.level).toBe('warn');
  });

  test('is not told to be over where there was none', () => {
    const logger = new RecordingLogger();
    new FaultLog(logger).recovered();
    expect(logger.lines).toEqual([]);
  });
});
