import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPage, repository } from '../docs/markdown.js';
import { limits, type Packed, packedPackage } from './packed.js';

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

describe('the package', () => {
  let packed: Packed;
  beforeAll(async () => {
    packed = await packedPackage();
  });

  test('has every file that package.json names', () => {
    const { exports, bin } = manifest as {
      exports: Record<string, string | Record<string, string>>;
      bin: object;
    };
    const named = Object.values(exports).flatMap((one) =>
      typeof one === 'string' ? [one] : Object.values(one),
    );
    const entries = [...named, ...Object.values(bin as Record<string, string>)];
    const missing = entries
      .map((one) => one.replace(/^\.\//, ''))
      .filter((one) => !packed.files.includes(one));
    expect(missing).toEqual([]);
  });

  test('has the documentation, and each link in it leads to a file that is there, too', () => {
    const texts = packed.files.filter((file) => file.endsWith('.md'));
    expect(texts).toEqual(
      expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/guide/getting-started.md']),
    );
    const dead = texts.flatMap((file) =>
      readPage(file)
        .links.filter((link) => !/^(?:[a-z]+:|#)/.test(link) && !leadsTo(packed.files, file, link))
        .map((link) => `${file}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  test('has nothing that only those need who work on it', () => {
    const foreign =
      /^(?:src|test|\.\w|docs\/site)|(?:^|\/)(?:var|node_modules)\/|\.(?:tsbuildinfo|log|sqlite)$/;
    expect(packed.files.filter((file) => foreign.test(file))).toEqual([]);
  });

  test('is no larger than it has to be', () => {
    const { files, kilobytes, unpackedKilobytes } = limits.packed;
    expect(packed.files.length).toBeLessThanOrEqual(files);
    expect(packed.size / 1000).toBeLessThanOrEqual(kilobytes);
    expect(packed.unpackedSize / 1000).toBeLessThanOrEqual(unpackedKilobytes);
  });
});

/** Whether a link leads to a file of the package, or to a folder with files. */
function leadsTo(files: readonly string[], from: string, link: string): boolean {
  const [path = ''] = decodeURIComponent(link).split('#');
  const target = posix.join(posix.dirname(from), path);
  return files.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`));
}
