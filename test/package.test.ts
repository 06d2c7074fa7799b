import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';

const KEPT = ['README.md', 'docs', 'nginx', 'package.json', 'src', 'test', 'tsconfig.json'];
const CONVENTIONAL = ['CHANGELOG.md', 'LICENSE', 'package-lock.json'];
const MADE = ['coverage', 'dist', 'node_modules'];

test('the top level of the repository holds what it is meant to, and dotfiles', () => {
  const known = new Set([...KEPT, ...CONVENTIONAL, ...MADE]);
  const names = readdirSync(new URL('../', import.meta.url));
  expect(names.filter((name) => !name.startsWith('.') && !known.has(name))).toEqual([]);
});
