import { messageOf } from '../../errors.js';
import { canonicalPath } from '../../page/layout.js';
import type { FailureList } from '../failure-list.js';
import type { ExportRunOptions } from '../run-options.js';
import type { FileClaims } from './claims.js';
import type { CollectedFile } from './collected.js';
import { checkFile, fileOfPage, isHtmlType } from './layout.js';
import { redirectPageTo } from './redirect-page.js';
import { writeSitemaps } from './sitemap.js';
import type { WrittenFiles } from './written.js';

export interface ClosingParts {
  readonly options: ExportRunOptions;
  readonly host: string;
  readonly claims: FileClaims;
  readonly files: WrittenFiles;
  readonly failures: FailureList;
}

/** Writes the redirects that the options name. */
export async function writeRedirects({
  options,
  host,
  claims,
  files,
  failures,
}: ClosingParts): Promise<void> {
  const type = 'text/html; charset=utf-8';
  for (const [from, to] of Object.entries(options.redirects)) {
    try {
      const file = fileOfPage({ path: canonicalPath(from) ?? from, type }, options);
      claims.claim(file, from);
      const body = redirectPageTo(new URL(to, `http://${host}`), { host, base: options.base });
      await files.write(file, body, { kind: 'redirect', type });
    } catch (error) {
      failures.add({ path: from, message: messageOf(error), error });
    }
  }
}

/** Copies collected assets, before anything else claims their files. */
export function addAssets(
  collected: readonly CollectedFile[],
  { claims, files, failures }: ClosingParts,
): void {
  for (const { file, source, ...about } of collected) {
    try {
      claims.claim(checkFile(file), `the asset ${file}`);
      files.copy(source, file, { kind: 'asset', ...about });
    } catch (error) {
      failures.add({ path: `/${file}`, message: messageOf(error), error });
    }
  }
}

/** Writes a sitemap of all pages, unless the app has one. */
export async function addSitemapFile(parts: ClosingParts): Promise<void> {
  const { options, claims, files, failures } = parts;
  const { url } = options;
  if (url === undefined || claims.has('sitemap.xml')) return;
  const urlOf = (file: string, variant?: string) => `${url}${files.pathOf(file, variant)}`;
  const urls = [...files.records].flatMap(([file, { kind, type, render }]) =>
    kind === 'page' && isHtmlType(type) && render?.status === 200 && render.isUnlisted === undefined
      ? [urlOf(file, render.variant)]
      : [],
  );
  for (const [file, body] of writeSitemaps(urls.sort(), urlOf)) {
    try {
      claims.claim(file, `the sitemap ${file}`);
      await files.write(file, body, { kind: 'sitemap', type: 'application/xml; charset=utf-8' });
    } catch (error) {
      failures.add({ path: `/${file}`, message: messageOf(error), error });
    }
  }
}
