import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADDRESSES, addressProblem, type Manifest } from '../../.dev/release/addresses.mjs';
import { repository } from '../docs/markdown.js';

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Manifest;

/** Matches an address that looks like the package's own: its name is in the host, or is the last part of the path. */
const OWN_ADDRESS =
  /https?:\/\/(?:[\w-]+\.)*staticgenerator\.[a-z.]+|https?:\/\/[\w.-]+\/(?:[\w.-]+\/)*staticgenerator\b/gi;

test('package.json has all addresses of the project or none: they are the publisher’s to give', () => {
  const given = Object.values(ADDRESSES).flatMap(({ read }) => read(manifest) ?? []);
  expect([0, 3]).toContain(given.length);
  expect(given.map(addressProblem)).toEqual(given.map(() => undefined));
});

test('no text of the package invents an address of the project', () => {
  const given = Object.values(ADDRESSES).flatMap(({ read }) => read(manifest) ?? []);
  const invented = [
    'README.md',
    'CHANGELOG.md',
    ...filesIn('docs'),
    ...filesIn('src'),
    ...filesIn('nginx'),
  ].flatMap((file) => {
    const found = readFileSync(join(repository, file), 'utf8').match(OWN_ADDRESS) ?? [];
    return found.filter((one) => !given.some((known) => known.includes(one))).map((one) => `${file}: ${one}`);
  });
  expect(invented).toEqual([]);
});

test.each([
  ['https://codeberg.org/somebody/pages', undefined],
  ['git+https://codeberg.org/somebody/pages.git', undefined],
  ['http://codeberg.org/somebody/pages', /begins with https/],
  ['codeberg.org/somebody/pages', /expected an address/],
  ['https://example.com/pages', /nobody can open/],
  ['https://pages.test', /nobody can open/],
  ['https://127.0.0.1/pages', /nobody can open/],
])('%s as an address', (address, problem) => {
  const said = addressProblem(address);
  if (problem === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(problem);
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        /\.(?:md|ts|js|json|conf|svg)$/.test(name) && !/(?:^|\/)(?:node_modules|var|dist)\//.test(name),
    )
    .map((name) => join(folder, name));
}
