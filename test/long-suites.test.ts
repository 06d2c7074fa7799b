import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LONG_SUITES, WITH_OTHER_DRIVER } from '../.dev/long-suites.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`);
const suites = [...Object.values(LONG_SUITES), WITH_OTHER_DRIVER].flat();

test('each test that tries less in npm test than at length is in a suite of npm run test:long', () => {
  const thinned = files.filter((file) => /helpers\/effort\.js'/.test(readFileSync(root + file, 'utf8')));
  expect(thinned.length).toBeGreaterThan(30);
  expect(thinned.filter((file) => !suites.some((suite) => file.startsWith(suite)))).toEqual([]);
});

test('each suite of npm run test:long names tests', () => {
  expect(suites.filter((suite) => !files.some((file) => file.startsWith(suite)))).toEqual([]);
});
