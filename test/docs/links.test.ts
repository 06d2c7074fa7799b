import { existsSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { markdownFiles, readPage, repository } from './markdown.js';

test.each(ownMarkdown())('the links of %s lead somewhere', (file) => {
  const page = readPage(file);
  const broken = page.links.filter(
    (link) => !/^(?:https?:|mailto:)/.test(link) && !leadsSomewhere(file, link),
  );
  expect(broken).toEqual([]);
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = decodeURIComponent(link).split('#', 2);
  const target = path === '' ? from : posix.join(posix.dirname(from), path);
  const file = posix.join(repository, target);
  if (target.startsWith('..') || !existsSync(file)) return false;
  if (anchor === undefined) return true;
  if (statSync(file).isDirectory() || !target.endsWith('.md')) return false;
  return readPage(target).sections.some((section) => section.anchor === anchor);
}

/** Returns the Markdown files of the repository, without installed and built ones. */
function ownMarkdown(): readonly string[] {
  const foreign = ['node_modules', 'dist', 'coverage'];
  const top = readdirSync(repository, { withFileTypes: true }).filter(
    ({ name }) => !foreign.includes(name) && !name.startsWith('.'),
  );
  return top.flatMap((entry) => {
    if (entry.isDirectory()) return markdownFiles(entry.name);
    return entry.name.endsWith('.md') ? [entry.name] : [];
  });
}
