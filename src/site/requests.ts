import { IslandAnswers } from '../islands/answer.js';
import { IncludedIslands } from '../islands/included.js';
import { IslandRenderer } from '../islands/renderer.js';
import type { Logger } from '../log.js';
import { Visits } from '../operate/hits/visits.js';
import { explainReason, type Reason } from '../page/reasons.js';
import { compileOnlyCookies } from '../page/request/cookies.js';
import { UNVOUCHED } from '../page/request/gate.js';
import { compilePageQueryTest } from '../page/request/query.js';
import { isOtherSpelling } from '../page/rules.js';
import { Variants } from '../request/context/visitor-variants.js';
import { Includes } from '../request/includes/includes.js';
import type { IslandSource } from '../request/includes/send-parts.js';
import { Contradictions } from '../request/inputs/contradictions.js';
import { CookieWatch } from '../request/inputs/cookie-watch.js';
import { EchoWatch } from '../request/inputs/echo-watch.js';
import { ReadWatch } from '../request/inputs/read-watch.js';
import { createMiddleware, type Middleware } from '../request/middleware.js';
import { NginxWatch } from '../request/nginx-watch.js';
import { PageWriter } from '../request/page/writer.js';
import { RenderContexts } from '../request/render-context.js';
import { CdnCopies } from '../request/response/cdn-copies.js';
import { PageServer } from '../request/serve.js';
import type { Exporting } from './exporting.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Publishing } from './publishing.js';
import type { Sharing } from './sharing.js';
import type { Storage } from './storage.js';

type Parts = Foundation & Storage & Sharing & Invalidation & Publishing & Exporting;

/** The journey of a request: a page is served, or rendered and stored. */
export interface Requests {
  readonly middleware: Middleware;
  /** Used after the end, when no page is served or stored. Islands are still answered, and no cache may keep them. */
  readonly passOn: Middleware;
  /** Finds the render that code of the app belongs to. */
  readonly contexts: RenderContexts;
  /** Finds what was chosen by the request that code of the app belongs to. */
  readonly variants: Variants;
  readonly writer: PageWriter;
  readonly contradictions: Contradictions;
  /** `undefined` if hits of nginx are not counted. */
  readonly visits: Visits | undefined;
}

export function makeRequestJourney(parts: Parts): Requests {
  const passed: Middleware = (_request, _response, next) => next();
  const islands = makeIslands(parts);
  const journey = { ...makeJourney({ ...parts, includes: islands?.includes }), passOn: passed };
  if (islands === undefined) return journey;
  const { answers } = islands;
  const before =
    (rest: Middleware): Middleware =>
    (request, response, next) =>
      answers.answer(request, response) ? undefined : rest(request, response, next);
  return { ...journey, middleware: before(journey.middleware), passOn: before(passed) };
}

/** Makes the parts that answer for islands and, if the site uses this, insert them into pages. */
function makeIslands({ config, publisher }: Parts) {
  const { islands, logger, maxBodyBytes } = config;
  if (islands === undefined) return undefined;
  const renderer = new IslandRenderer({ logger, app: () => publisher.assertAttached() });
  if (islands.includePath === undefined)
    return { answers: new IslandAnswers({ islands, renderer, included: undefined }), includes: undefined };
  const included = new IncludedIslands({ islands, renderer, logger });
  const islandOf: IslandSource = (...asked) => included.htmlOf(...asked);
  return {
    answers: new IslandAnswers({ islands, renderer, included }),
    includes: new Includes({
      ...{ path: islands.includePath, islandOf, maxBodyBytes },
      onLeftOut: (...about) => included.leftOut(...about),
      isIsland: (request) => renderer.isIsland(request),
    }),
  };
}

interface JourneyParts extends Parts {
  readonly includes: Includes | undefined;
}

function makeJourney(parts: JourneyParts): Omit<Requests, 'passOn'> {
  const { config, ledger, metrics, gate, publisher, routes, evictor } = parts;
  const { types, typesOfPaths, headers, bypassHeaders, ignoreHeaders, scheme } = config;
  const { maxBodyBytes, logger } = config;
  const onNotice = oncePerReason(logger);
  const { contexts, variants } = makeContexts(parts, onNotice);
  const areIgnored = compileOnlyCookies(config.ignoreCookies);
  const contradictions = new Contradictions({
    ...{ ledger, logger, remove: (selectors) => parts.invalidator.invalidate(selectors) },
    areIgnored: (names) => areIgnored(names.join('; ')),
    isStored: (host, path) => ledger.find(host, path) !== undefined,
  });
  const [{ membership }, visits] = [parts, makeVisits(parts)];
  const writer = makeWriter(parts, contradictions, visits);
  const middleware = createMiddleware({
    ...{ gate, ledger, writer, metrics, contexts, variants, maxBodyBytes, visits },
    onHit: evictor && ((host, path) => evictor.used(host, path)),
    server: makePageServer(parts),
    rules: { types, typesOfPaths, headers, bypassHeaders },
    storeAfter: config.rules.storeAfter,
    reads: new ReadWatch({ bypassHeaders, ignoreHeaders, scheme }, logger),
    isOtherSpelling: (decoded) => isOtherSpelling(decoded, config.rules),
    isPageQuery: compilePageQueryTest(config),
    mayServe: membership && (() => membership.term.holds()),
    orders: publisher,
    declaredRoutes: () => routes.declared(),
    nginx: makeNginxWatch(parts),
    cookies: makeCookieWatch(parts),
    ...{ copies: makeCdnCopies(parts), includes: parts.includes },
    ...{ onUnsafe: parts.afterUnsafe, isOurs: (request) => parts.ownRequests.has(request) },
    onNotice,
  });
  return { middleware, contexts, variants, writer, contradictions, visits };
}

/** Makes the parts that find the request to which code of the app belongs. */
function makeContexts(parts: JourneyParts, onNotice: ReturnType<typeof oncePerReason>) {
  const contexts = new RenderContexts({
    onNotice: ({ reason, detail }) => onNotice(reason, { detail }),
    onDoubt: (paths) => deleteBehind(parts, paths),
  });
  // It must be known from the first island on to which request an island belongs.
  if (parts.includes !== undefined) contexts.follow();
  const variants = new Variants(parts.config.dimensions, (name) =>
    contexts.skip(`variant('${name}') was called outside of a request, or where its request is unknown`),
  );
  return { contexts, variants };
}

function makeWriter(parts: Parts, contradictions: Contradictions, visits: Visits | undefined): PageWriter {
  const { config, ledger, store, metrics, evictor } = parts;
  const { maxBodyBytes, bodyMarkers, types, typesOfPaths, logger } = config;
  return new PageWriter({
    ...{ ledger, store, maxBodyBytes, bodyMarkers, types: { types, typesOfPaths }, logger, metrics },
    echoes: new EchoWatch(logger),
    contradictions,
    makeRoomFor: evictor && ((page) => evictor.makeRoomFor(page)),
    onStored: (page, isVisit) => {
      parts.finishAbandoned();
      if (isVisit) visits?.stored(page);
    },
  });
}

function makePageServer({ config, ledger, store, includes }: JourneyParts): PageServer {
  const { types, typesOfPaths, headers, cdn, scheme } = config;
  return new PageServer({
    ledger,
    store,
    types,
    typesOfPaths,
    headers,
    headersForCdn: cdn?.headers ?? new Map(),
    scheme,
    includes,
  });
}

function makeCdnCopies({ config, ledger, faults, purger }: Parts): CdnCopies | undefined {
  if (config.cdn === undefined || ledger.purges === undefined) return undefined;
  return new CdnCopies({
    outbox: ledger.purges,
    headers: config.cdn.headers,
    faults,
    onNoted: () => purger?.wake(),
  });
}

function makeVisits({ config, metrics, fingerprint, lackedBy, evictor }: Parts): Visits | undefined {
  const { countHits, rules, hosts } = config;
  if (countHits === undefined) return undefined;
  return new Visits({
    ...{ rules, metrics, oneIn: countHits.oneIn },
    onHit: evictor && ((...hit) => evictor.used(...hit)),
    folders: new Set(hosts.length > 1 ? hosts : ['']),
    isOurs: (seen) => seen === fingerprint() || lackedBy(seen).length > 0,
  });
}

function makeCookieWatch({ config, ledger, metrics, faults, learned, invalidator }: Parts): CookieWatch {
  const selectors = [{ kind: 'all' }] as const;
  return new CookieWatch({
    ...{ ledger, logger: config.logger },
    isUnknown: (name) => learned.isUnknown(name),
    noteFront: () => metrics.noteIn(ledger),
    deletePages: (entries) =>
      invalidator.carryOut(
        { entries, selectors },
        'pages that visitors with a newly learned cookie could get were deleted',
      ),
    onFault: (error) => faults.report('learning cookies', error, {}, 'a new cookie could not be learned'),
  });
}

function makeNginxWatch({ config, metrics, ledger, background, ...parts }: Parts): NginxWatch {
  const { fingerprint, learned, lackedBy } = parts;
  return new NginxWatch({
    ...{ fingerprint, logger: config.logger, metrics },
    onChange: () => background.run({ name: 'noting figures', work: () => metrics.noteIn(ledger) }),
    lacksLearned: () =>
      learned.names().length > 0 &&
      ledger
        .nginxSeen()
        .some((seen) => seen.fingerprint !== UNVOUCHED && lackedBy(seen.fingerprint).length > 0),
  });
}

/** Deletes pages whose tags may be incomplete: a page that lacks a tag would never be found out of date. */
function deleteBehind({ background, invalidator }: Parts, paths: readonly string[]): void {
  const selectors = paths.map((value) => ({ kind: 'path', value }) as const);
  background.run({
    name: 'deleting pages whose tags may be incomplete',
    work: () => invalidator.invalidate(selectors),
  });
}

/** Returns a function that warns administrators once for each reason, and not with every request. */
function oncePerReason(logger: Logger): (reason: Reason, fields: object) => void {
  const told = new Set<Reason>();
  return (reason, fields) => {
    if (told.has(reason)) return;
    told.add(reason);
    logger.warn({ reason, ...fields }, `not stored: ${explainReason(reason)}`);
  };
}
