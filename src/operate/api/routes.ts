import type { DeleteReport } from '../../change/invalidate.js';
import type { ResolvedTargets } from '../../change/targets/resolver.js';
import type { Target } from '../../change/targets/target.js';
import type { LedgerReader } from '../../ledger/ledger.js';
import type { OptionReader } from '../../option-reader.js';
import type { PublishOptions } from '../../publish/options.js';
import type { PublishReport } from '../../publish/publish.js';
import { type ExplainParts, explainUrl, headerOfLine } from '../views/explanation.js';
import { type FiguresOf, figuresDocument, readFigures } from '../views/figures.js';
import { pageDocument } from '../views/page-document.js';
import { compileHost, compileSelection, type PageTest } from '../views/selected-pages.js';
import {
  badRequest,
  MAX_CONCURRENCY,
  MAX_LIMIT,
  MAX_RENDER_MS,
  readCount,
  readFields,
  readQuery,
  readText,
  readTexts,
} from './fields.js';
import { listPages } from './listing.js';

/** How many pages one answer of a list has by default. */
const USUAL_LIMIT = 100;

/** A request that is authorized. */
export interface Call {
  readonly query: URLSearchParams;
  /** The JSON of a POST. */
  readonly body: unknown;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/** What the API works with. */
export interface RouteParts {
  readonly pages: NamedVerbs;
  readonly ledger: Pick<
    LedgerReader,
    'pages' | 'get' | 'lastRefusal' | 'log' | 'statistics' | 'sharedStanding' | 'backlog'
  >;
  /** Returns what judges URLs at this moment: terms end, and cookies are learned. */
  readonly explain: () => ExplainParts;
  readonly figures: FiguresOf;
  /** Writes the figures that this process has counted since the last call to the ledger. */
  readonly noteFigures: () => Promise<void>;
}

/** The operations on named pages. */
export interface NamedVerbs {
  readonly read: (targets: readonly Target[]) => Promise<ResolvedTargets>;
  readonly delete: (named: readonly Target[] | 'all') => Promise<DeleteReport>;
  readonly regenerate: (named: readonly Target[] | 'all') => Promise<DeleteReport>;
  readonly publish: (targets: readonly Target[], options: PublishOptions) => Promise<PublishReport>;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly answer: (call: Call) => Promise<object>;
}

/** Returns every route of the API. */
export function makeRoutes(parts: RouteParts): readonly Route[] {
  return [
    { method: 'POST', path: '/delete', answer: ({ body }) => change(parts.pages.delete, body) },
    { method: 'POST', path: '/regenerate', answer: ({ body }) => change(parts.pages.regenerate, body) },
    { method: 'POST', path: '/publish', answer: (call) => publish(parts, call) },
    { method: 'GET', path: '/pages', answer: ({ query }) => list(parts, query) },
    { method: 'GET', path: '/why', answer: ({ query }) => why(parts, query) },
    { method: 'GET', path: '/stats', answer: () => stats(parts) },
    { method: 'GET', path: '/openapi.json', answer: describeApi },
  ];
}

/** Returns the OpenAPI document, which is loaded on the first request for it. */
async function describeApi(): Promise<object> {
  return (await import('./openapi/document.js')).openApiDocument();
}

async function change(verb: NamedVerbs['delete'], body: unknown): Promise<object> {
  const named = readFields(body, ['targets', 'tags', 'all'], readNamed);
  return reportDocument(await verb(named));
}

/** Returns what was deleted, regenerated and kept, with the counts. */
export function reportDocument({ deleted, regenerated, kept, notPages }: DeleteReport): object {
  const counts = {
    deleted: deleted.length,
    regenerated: regenerated.length,
    kept: kept.length,
    notPages: notPages.length,
  };
  return { counts, deleted, regenerated, kept, notPages };
}

async function publish({ pages }: RouteParts, { body, signal }: Call): Promise<object> {
  const fields = ['targets', 'tags', 'host', 'concurrency', 'timeoutMs'];
  const { targets, ...options } = readFields(body, fields, (read) => {
    const targets = readTargets(read);
    if (targets.length === 0 && read.isSound)
      read.refuse(
        'targets',
        'a list with a path, a glob or a URL, or `tags` to be a list with a tag',
        undefined,
      );
    const host = readText(read, 'host');
    const concurrency = readCount(read, 'concurrency', MAX_CONCURRENCY);
    const timeoutMs = readCount(read, 'timeoutMs', MAX_RENDER_MS);
    return {
      targets,
      ...(host && { host }),
      ...(concurrency && { concurrency }),
      ...(timeoutMs && { timeoutMs }),
    };
  });
  const { stored, refused, notPages } = await pages.publish(targets, { ...options, signal });
  const counts = { stored: stored.length, refused: refused.length, notPages: notPages.length };
  return { counts, stored, refused, notPages };
}

/** Reads either `all`, or targets and tags. */
function readNamed(read: OptionReader): readonly Target[] | 'all' {
  const all = read.boolean('all', false);
  const named = readTargets(read);
  if (all && named.length > 0) read.refuse('all', 'absent beside `targets` or `tags`', true);
  if (!all && named.length === 0 && read.isSound)
    read.refuse(
      'targets',
      'a list with a path, a glob or a URL, or `tags` to be a list with a tag, or `all` to be true',
      undefined,
    );
  return all ? 'all' : named;
}

function readTargets(read: OptionReader): readonly Target[] {
  return [...readTexts(read, 'targets'), ...readTexts(read, 'tags').map((tag) => ({ tag }))];
}

async function list({ pages, ledger, explain }: RouteParts, query: URLSearchParams): Promise<object> {
  const names = { once: ['limit', 'cursor', 'match', 'host'], repeatable: ['tag'] };
  const asked = readQuery(query, names, (read) => ({
    limit: readCount(read, 'limit', MAX_LIMIT) ?? USUAL_LIMIT,
    cursor: readText(read, 'cursor'),
    match: readText(read, 'match'),
    host: readText(read, 'host'),
    tags: readTexts(read, 'tag'),
  }));
  const tests = [isOnHost(asked.host, explain().hosts)];
  const filters = [asked.match === undefined ? [] : [asked.match], asked.tags.map((tag) => ({ tag }))];
  for (const targets of filters.filter(({ length }) => length > 0))
    tests.push(compileSelection((await pages.read(targets)).selectors));
  const passes: PageTest = (page) => tests.every((test) => test(page));
  const { pages: found, next } = await listPages(ledger, { ...asked, passes });
  return { next, pages: found.map(pageDocument) };
}

function isOnHost(host: string | undefined, hosts: readonly string[]): PageTest {
  if (host === undefined) return () => true;
  const test = compileHost(host, hosts);
  if (test !== undefined) return test;
  throw badRequest(`Expected \`host\` to be one of \`hosts\` (${hosts.join(', ') || 'which lists none'})`);
}

async function why({ ledger, explain }: RouteParts, query: URLSearchParams): Promise<object> {
  const { url, lines } = readQuery(query, { once: ['url'], repeatable: ['header'] }, (read) => ({
    url:
      readText(read, 'url') ?? read.refuse('url', 'a path with its query string, or a full URL', undefined),
    lines: readTexts(read, 'header'),
  }));
  if (url === undefined) return {};
  const headers = lines.map((line) => {
    const header = headerOfLine(line);
    if (header === undefined) throw badRequest("Expected each `header` to be 'Name: value'");
    return header;
  });
  return explainUrl({ url, headers: Object.fromEntries(headers) }, explain(), ledger);
}

async function stats({ ledger, figures, noteFigures }: RouteParts): Promise<object> {
  await noteFigures();
  return figuresDocument(readFigures(ledger, figures));
}
