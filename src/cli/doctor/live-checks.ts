import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, systemErrorCode } from '../../errors.js';
import type { StoredPage } from '../../ledger/ledger.js';
import { decodedPath, parsePage, urlOf } from '../../page/layout.js';
import { UNVOUCHED } from '../../page/request/gate.js';
import { isWithIncludes } from '../../page/response/includes.js';
import { typeOfFile } from '../../page/response/types.js';
import type { Site } from '../../site.js';
import { type Finding, failure, ok, warning } from './finding.js';
import type { Answer, Visitor } from './visitor.js';

/** Longer than a process of the site waits before it writes its figures to the ledger. */
const NOTE_WAIT_MS = 6_000;
const POLL_MS = 100;
const REGENERATE =
  'generate the configuration with `staticgenerator nginx` (`apache`, `caddy`), install it and reload the server in front';

/** Checks whether the live site behaves as configured. Skips checks that make no sense after an earlier result. */
export async function checkLive(site: Site, visitor: Visitor): Promise<readonly Finding[]> {
  const reached = await checkReachable(visitor);
  if (reached.level === 'failure') return [reached];
  const configuration = await checkConfiguration(site, visitor);
  const page = choosePage(site, visitor);
  if (page === undefined) {
    const remedy = 'request a page of the site, then run doctor again';
    return [
      reached,
      configuration,
      warning('page', 'no page that the server in front could serve is stored yet', remedy),
    ];
  }
  const own = visitorOf(site, visitor, page);
  return [
    ...[reached, configuration, await checkHit(site, own, page), await checkServer(site, own, page)],
    ...[await checkBypasses(site, own, page), await checkForeignHost(own, page)],
    await checkDeletion(site, own, page),
  ];
}

async function checkReachable(visitor: Visitor): Promise<Finding> {
  try {
    const { status } = await visitor.get('/');
    if (status < 500) return ok('reachable', `${visitor.host} answers`);
    const remedy =
      'start the app, and check that the server in front passes requests to its address (--upstream)';
    return failure('reachable', `${visitor.host} answers with ${status}`, remedy);
  } catch (error) {
    const remedy = 'start the server in front and the app, and give the address that visitors use';
    return failure('reachable', `${visitor.host} cannot be reached: ${messageOf(error)}`, remedy);
  }
}

/** Returns the remedy for an unknown host. `--server-name` accepts only hosts that the site has. */
function toKnow(host: string, hosts: readonly string[]): string {
  if (hosts.length === 0 || hosts.includes(host))
    return `add --server-name ${host} when you generate the configuration`;
  const names = hosts.join(', ');
  return `give --url one of \`hosts\` (${names}), or add ${host} to \`hosts\` and generate the configuration again`;
}

/** Sends a request that no page can answer: the app records the configuration through which it came. */
async function checkConfiguration(
  { config, ledger, fingerprint, lackedBy }: Site,
  visitor: Visitor,
): Promise<Finding> {
  const askedAt = Date.now();
  await visitor.get(`/?staticgenerator-doctor=${askedAt}`);
  const seen = await waitFor(() => {
    const [note] = ledger.nginxSeen();
    return note !== undefined && note.at >= askedAt ? note.fingerprint : undefined;
  });
  if (seen === fingerprint())
    return ok('configuration', 'the configuration of the server in front matches these options');
  if (seen === undefined) {
    return failure(
      'configuration',
      'requests do not reach the app through a generated configuration',
      REGENERATE,
    );
  }
  if (seen === UNVOUCHED) {
    const message = `the server in front does not know ${visitor.host} as a host of this site`;
    return failure('configuration', message, toKnow(visitor.host.replace(/:\d+$/, ''), config.hosts));
  }
  const lacking = lackedBy(seen).join(', ');
  const generated = lacking === '' ? 'with other options' : `before the site learned the cookies ${lacking}`;
  return failure(
    'configuration',
    `the configuration of the server in front was generated ${generated}`,
    REGENERATE,
  );
}

function choosePage({ ledger, config }: Site, visitor: Visitor): StoredPage | undefined {
  const name = visitor.host.replace(/:\d+$/, '');
  const folder = config.hosts.length > 1 ? name : '';
  for (const page of ledger.pages()) {
    // The response of a page with includes differs for each visitor, so it has no validator.
    if (page.servedBy === 'nginx' && page.host === folder && !isWithIncludes(page.file)) return page;
  }
  return undefined;
}

/** Returns a visitor who gets the variant of a page. */
function visitorOf({ config }: Site, visitor: Visitor, { path }: StoredPage): Visitor {
  const variant = parsePage(path)?.variant;
  if (variant === undefined) return visitor;
  return visitor.with(config.rules.variantsOf(decodedPath(path))?.requestFor(variant) ?? {});
}

async function checkHit({ config }: Site, visitor: Visitor, { path, file }: StoredPage): Promise<Finding> {
  const answer = await visitor.get(urlOf(path));
  const type = typeOfFile(path, file, config);
  const wrong = [
    ...(answer.isHit ? [] : ['it is not a hit, although its file exists']),
    ...(answer.headers['content-type'] === type
      ? []
      : [`its Content-Type is ${answer.headers['content-type']}, not ${type}`]),
    ...(answer.headers['last-modified'] === undefined
      ? []
      : ['it has a Last-Modified, which cannot be true']),
    ...(await isRevalidated(visitor, urlOf(path), answer)),
  ];
  if (wrong.length === 0) return ok('hit', `${path} is a hit with the right Content-Type and ETag`);
  return failure(
    'hit',
    `${path}: ${wrong.join('; ')}`,
    `check that the server in front can read WEB_ROOT, and ${REGENERATE}`,
  );
}

async function isRevalidated(visitor: Visitor, url: string, { headers }: Answer): Promise<readonly string[]> {
  if (headers.etag === undefined) return ['it has no ETag'];
  const { status } = await visitor.get(url, { 'if-none-match': headers.etag });
  return status === 304 ? [] : [`a request with its ETag gets ${status}, not 304`];
}

/** Checks that the server in front answers hits. The ledger counts only those that Node has to answer. */
async function checkServer({ ledger }: Site, visitor: Visitor, { path }: StoredPage): Promise<Finding> {
  const countHits = () => ledger.statistics().counters.hit ?? 0;
  await settle(ledger);
  const before = countHits();
  const asked = 5;
  for (let index = 0; index < asked; index += 1) await visitor.get(urlOf(path));
  await settle(ledger);
  if (countHits() - before < asked) return ok('server', 'the server in front answers hits by itself');
  const remedy = `check that the server in front runs on this host with the same WEB_ROOT and can read it, and ${REGENERATE}`;
  return failure('server', 'Node answers the hits, not the server in front', remedy);
}

/** Waits until the app has recorded all requests so far: until the counters stop changing. */
async function settle(ledger: Site['ledger']): Promise<void> {
  const statistics = () => JSON.stringify(ledger.statistics().counters);
  let last = statistics();
  await waitFor(() => {
    const now = statistics();
    const changed = now !== last;
    last = now;
    return changed ? true : undefined;
  }, SETTLE_MS);
}

/** A little longer than the interval in which the app records its figures. */
const SETTLE_MS = 3_000;

async function checkBypasses(
  { config, learned }: Site,
  visitor: Visitor,
  { path }: StoredPage,
): Promise<Finding> {
  const url = urlOf(path);
  // A page of a rule with `as: 'nobody'` is also for visitors with a session.
  const isForNobody = config.rules.isForNobody(decodedPath(path));
  const cookies = isForNobody ? [] : [...config.bypassCookies.slice(0, 1), ...learned.names()];
  const requests: readonly (readonly [string, string, Record<string, string>])[] = [
    ...cookies.map(
      (name) => [`the cookie ${name}`, url, { cookie: `${name.replaceAll('*', 'x')}=doctor` }] as const,
    ),
    ['Authorization', url, { authorization: 'Basic ZG9jdG9yOg==' }],
    ['Range', url, { range: 'bytes=0-0' }],
    ['a query', `${url}${url.includes('?') ? '&' : '?'}staticgenerator-doctor=1`, {}],
    ['another spelling', `/.${url}`, {}],
  ];
  const wrong: string[] = [];
  for (const [name, target, headers] of requests)
    if ((await visitor.get(target, headers)).isHit) wrong.push(name);
  if (wrong.length === 0)
    return ok('bypass', 'requests with sessions, credentials, ranges or queries reach the app');
  return failure('bypass', `a page answered a request with ${wrong.join(', ')}`, REGENERATE);
}

async function checkForeignHost(visitor: Visitor, { path }: StoredPage): Promise<Finding> {
  const { isHit } = await visitor.get(urlOf(path), { host: 'doctor.invalid' });
  if (!isHit) return ok('host', 'a request for another host gets no page');
  return failure('host', 'a page answered a request for another host', REGENERATE);
}

/** Each worker of nginx has its own cache of files. So many requests nearly always reach all workers. */
const WORKER_REQUESTS = 12;
/** A cookie that no site knows: pages answer such a request, but its response is not stored. */
const CANNOT_MAKE_PAGES = { cookie: 'staticgenerator-doctor=1' };

/** Deletes a page that the server has just read, to detect a cache of files. The next visitor renders it again. */
async function checkDeletion(site: Site, visitor: Visitor, page: StoredPage): Promise<Finding> {
  const { host, path } = page;
  const url = urlOf(path);
  for (let index = 0; index < WORKER_REQUESTS; index += 1) await visitor.get(url, CANNOT_MAKE_PAGES);
  const untold = await deletePage(site, page);
  if (untold !== undefined) return untold;
  for (let index = 0; index < WORKER_REQUESTS; index += 1) {
    const { isHit } = await visitor.get(url, CANNOT_MAKE_PAGES);
    // Another visitor may have rendered it again in the meantime.
    if (isHit && site.ledger.get(host, path) === undefined) return stillServed(path);
  }
  return ok('deletion', `${path} was gone as soon as it was deleted, and the app renders it again`);
}

/** Deletes a page. Returns a finding if the other hosts could not be reached. */
async function deletePage({ invalidator }: Site, { host, path }: StoredPage): Promise<Finding | undefined> {
  try {
    await invalidator.invalidate([
      host === '' ? { kind: 'path', value: path } : { kind: 'path', value: path, host },
    ]);
    return undefined;
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_CLUSTER_UNREACHABLE') throw error;
    return failure('deletion', messageOf(error), 'see the check `bus`');
  }
}

function stillServed(path: string): Finding {
  const remedy =
    'do not let a cache in front of the app keep pages. In nginx, remove your own open_file_cache settings, or set open_file_cache_valid 0 and open_file_cache_errors off';
  return failure('deletion', `${path} was still served after it had been deleted`, remedy);
}

async function waitFor<T>(look: () => T | undefined, milliseconds = NOTE_WAIT_MS): Promise<T | undefined> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = look();
    if (found !== undefined || performance.now() > deadline) return found;
    await delay(POLL_MS);
  }
}
