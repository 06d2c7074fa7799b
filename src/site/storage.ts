import { Inspector } from '../change/inspect.js';
import type { ResolvedConfig } from '../config.js';
import { fingerprintOf } from '../front/fingerprint.js';
import { islandScript } from '../islands/script.js';
import type { Ledger } from '../ledger/ledger.js';
import { SqliteLedger } from '../ledger/sqlite/ledger.js';
import type { Logger } from '../log.js';
import { withLearned } from '../page/request/cookies.js';
import { compileRequestGate, type RequestGate } from '../page/request/gate.js';
import { LearnedCookies } from '../request/inputs/learned-cookies.js';
import { PageStore } from '../store/page-store.js';
import { prepareWebRoot, type WebRoot } from '../store/web-root.js';
import type { Foundation } from './foundation.js';

/** The bytes of pages, the records about them, and what compares the two; also what judges requests. */
export interface Storage extends Judging {
  readonly store: PageStore;
  readonly ledger: Ledger;
  readonly inspector: Inspector;
}

/** What judges requests, including what the ledger has learned. */
interface Judging {
  readonly learned: LearnedCookies;
  readonly gate: RequestGate;
  /** Returns the fingerprint of the configuration of a server in front that would be generated now. */
  readonly fingerprint: () => string;
  /**
   * Returns the learned names that the configuration with this fingerprint lacks. Returns none if it lacks nothing, or
   * something else.
   */
  readonly lackedBy: (fingerprint: string) => readonly string[];
}

/**
 * Creates the parts. Throws `ERR_WEB_ROOT_FOREIGN`, `ERR_WEB_ROOT_UNUSABLE`, `ERR_LEDGER_VERSION` or
 * `ERR_LEDGER_UNUSABLE`.
 */
export function makeStorage(foundation: Foundation): Storage {
  const { config, webRoot, makesPages, background } = foundation;
  const { hosts, logger } = config;
  const store = openStore(webRoot, logger);
  const ledger = new SqliteLedger({
    file: webRoot.ledgerFile,
    version: makesPages ? versionOf(config) : undefined,
    isShared: config.cluster !== undefined,
    isPurged: config.cdn !== undefined,
    bounds: config.bounds,
    prepareFolder: () => prepareWebRoot(webRoot),
    isEmpty: () => store.isEmpty(),
    onIncomplete: () => {
      if (makesPages) background.run({ name: 'inspecting the pages', work: () => inspector.inspect() });
    },
    onMovedAside: (movedTo, error) =>
      logger.error(
        { movedTo, err: error },
        'the ledger was damaged; it was moved aside, and all pages are rendered again',
      ),
  });
  const inspector = new Inspector({ ledger, store, hosts, logger });
  return { store, ledger, inspector, ...makeJudging(config, ledger) };
}

function makeJudging(config: ResolvedConfig, ledger: Ledger): Judging {
  const learned = new LearnedCookies(ledger, config);
  const known = new WeakMap<readonly string[], string>();
  const fingerprint = () => {
    const names = learned.names();
    const found = known.get(names) ?? fingerprintOf(withLearned(config, names));
    known.set(names, found);
    return found;
  };
  const isLearned = (cookies: string) => learned.areIn(cookies);
  return {
    ...{ learned, fingerprint },
    gate: compileRequestGate({ ...config, isLearned, fingerprint }),
    lackedBy: (seen) => {
      const names = learned.names();
      const fewer = names.findIndex(
        (_, count) => fingerprintOf(withLearned(config, names.slice(0, count))) === seen,
      );
      return fewer === -1 ? [] : names.slice(fewer);
    },
  };
}

function openStore(webRoot: WebRoot, logger: Logger): PageStore {
  return new PageStore(webRoot, {
    onNoThread: (error) =>
      logger.warn(
        { err: error },
        'the thread that writes pages could not be started; for a minute, the main thread writes them',
      ),
  });
}

/**
 * Returns what stored pages depend on, except their data. Two releases of this package with different page rules have
 * different versions, too. What is learned is not included: all processes of a ledger share it, and it voids renders by
 * itself.
 */
function versionOf(config: ResolvedConfig): string {
  const { version, rules, bodyMarkers, ignoreCookies, ignoreHeaders, islands } = config;
  // A page contains the name of the script of its islands.
  const script = islands && `${islands.path}/${islandScript.name}`;
  const judged = { rules: rules.sources, bodyMarkers, ignoreCookies, ignoreHeaders, script };
  // Counting hits changes no page.
  const fingerprint = fingerprintOf({ ...config, countHits: undefined });
  return JSON.stringify({ version, ...judged, fingerprint });
}
