// The pages of a large site: their paths, their content, and how they are stored without a render for each.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { prepareStatements } from '../../../../dist/ledger/sqlite/statements.js';
import { bareName, fileOf, parsePagePath } from '../../../../dist/page/layout.js';
import { openDatabase } from '../../../../dist/sqlite/open.js';
import { contentHash } from '../../../../dist/store/content-hash.js';

export const PAGES_OF_TAG = 10;
/** Rows per commit. */
const BATCH = 10_000;
/**
 * The text is below the size from which codings are made, so that the cost of a change is measured, not of compressing.
 */
const TEXT = `<!doctype html><title>Post</title><p>${'Some text. '.repeat(60)}</p>`;

export function webRootIn(folder) {
  return join(folder, 'pages');
}

export function optionsOf(folder) {
  return { webRoot: webRootIn(folder), urls: [/^\/(?:wide|deep|posts)\//], logger: false };
}

/** The options as source text, for a configuration file. */
export function optionsSource(folder) {
  return `{ webRoot: ${JSON.stringify(webRootIn(folder))}, urls: [/^\\/(?:wide|deep|posts)\\//] }`;
}

/** Returns the path of a page. Half of the pages are in one folder, half are four folders deep. */
export function pathOf(number) {
  if (number % 2 === 0) return `/wide/${number}`;
  return `/deep/${number % 10}/${number % 100}/${number % 1000}/${number}`;
}

export function tagOf(path) {
  return tagOfGroup(Math.floor(Number(/(\d+)$/.exec(path)?.[1] ?? 0) / PAGES_OF_TAG));
}

export function tagOfGroup(group) {
  return `group-${group}`;
}

/** Returns the path of a page that takes some time to render. */
export function slowPath(milliseconds, name) {
  return `/posts/slow-${milliseconds}-${name}`;
}

export function slownessOf(path) {
  return Number(/^\/posts\/slow-(\d+)-/.exec(path)?.[1] ?? 0);
}

export function bodyOf(path) {
  return `${TEXT}${path}`;
}

/**
 * Stores pages in a WEB_ROOT that a site has created and closed, with the ledger's own statements. This stores some
 * tens of thousands of pages per second; publishing takes a millisecond for each page.
 */
export function prefill(folder, paths) {
  const webRoot = webRootIn(folder);
  const database = openDatabase(join(webRoot, '.staticgenerator/ledger.sqlite'), { timeoutMilliseconds: 0 });
  database.exec('PRAGMA synchronous = OFF');
  const statements = prepareStatements(database);
  const folders = new Set();
  const store = (batch) => {
    database.exec('BEGIN');
    for (const path of batch) recordPage(statements, storeFile(webRoot, path, folders));
    database.exec('COMMIT');
  };
  for (let first = 0; first < paths.length; first += BATCH) {
    store(paths.slice(first, first + BATCH));
    if (process.stderr.isTTY) process.stderr.write(`\r${first} of ${paths.length} pages`);
  }
  database.close();
}

function storeFile(webRoot, path, folders) {
  const file = fileOf(parsePagePath(path), 'html');
  const target = join(webRoot, file);
  const folder = dirname(target);
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  folders.add(folder);
  const body = bodyOf(path);
  writeFileSync(target, body, { mode: 0o644 });
  return { path, file, body };
}

function recordPage(statements, { path, file, body }) {
  const { lastInsertRowid } = statements.insertPage.run({
    ...{ file, host: '', path, name: bareName(path), expiresAt: null },
  });
  const id = Number(lastInsertRowid);
  statements.insertTag.run({ tag: tagOf(path), page: id });
  statements.markPlaced.run({
    ...{ id, codings: '', bytes: body.length, hash: contentHash(body), headers: null },
    ...{ storedAt: Date.now(), expiresAt: null },
  });
}
