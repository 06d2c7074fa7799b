import { expect, test } from 'vitest';
import { layFoundation } from '../../src/site/foundation.js';
import { RecordingLogger } from '../helpers/recording-logger.js';
import { temporaryFolder } from '../helpers/temporary.js';

test('faults are counted, repeated ones too, and logged as they are', async () => {
  const logger = new RecordingLogger();
  const options = { webRoot: await temporaryFolder(), urls: [/^\//], logger };
  const { faults, metrics } = layFoundation(options, { makesPages: false });
  const told: string[] = [];
  metrics.observe({
    counted: (name) => void told.push(name),
    rendered: () => undefined,
    visited: () => undefined,
  });
  for (const kind of ['expiry', 'expiry', 'storing']) faults.report(kind, new Error('x'), {}, 'it failed');
  faults.recovered();
  expect(told).toEqual(['fault:expiry', 'fault:expiry', 'fault:storing']);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'warn', 'info', 'info']);
});
