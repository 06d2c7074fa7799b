import { Inspector } from '../change/inspect.js';
import type { ResolvedConfig } from '../config.js';
import type { Ledger } from '../ledger/ledger.js';
import { SqliteLedger } from '../ledger/sqlite/ledger.js';
import type { Logger } from '../log.js';
import { PageStore } from '../store/page-store.js';
import { prepareWebRoot, type WebRoot } from '../store/web-root.js';
import type { Foundation } from './foundation.js';

/** The bytes of pages, what is known of them, and what holds one against the other. */
export interface Storage {
  readonly store: PageStore;
  readonly ledger: Ledger;
  readonly inspector: Inspector;
}

/** Throws `ERR_WEB_ROOT_FOREIGN`, `ERR_WEB_ROOT_UNUSABLE`, `ERR_LEDGER_VERSION` or `ERR_LEDGER_UNUSABLE`. */
export function makeStorage(foundation: Foundation): Storage {
  const { config, webRoot, makesPages, background } = foundation;
  const { hosts, logger } = config;
  const store = openStore(webRoot, logger);
  const ledger = new SqliteLedger({
    file: webRoot.ledgerFile,
    version: makesPages ? versionOf(foundation) : undefined,
    isShared: config.cluster !== undefined,
    prepareFolder: () => prepareWebRoot(webRoot),
    isEmpty: () => store.isEmpty(),
    onIncomplete: () => {
      if (makesPages) background.run({ name: 'inspecting the pages', work: () => inspector.inspect() });
    },
    onMovedAside: (movedTo, error) =>
      logger.error(
        { movedTo, err: error },
        'the ledger was damaged; it was moved aside, and all pages are made anew',
      ),
  });
  const inspector = new Inspector({ ledger, store, hosts, logger });
  return { store, ledger, inspector };
}

function openStore(webRoot: WebRoot, logger: Logger): PageStore {
  return new PageStore(webRoot, {
    onNoThread: (error) =>
      logger.warn(
        { err: error },
        'no thread could be started to write pages in; for a minute they are written where requests are waited on',
      ),
  });
}

/** What stored pages depend on, but for their data. The page rules of two releases of this package differ too. */
function versionOf({ config, fingerprint }: Pick<Foundation, 'config' | 'fingerprint'>): string {
  const { version, rules, bodyMarkers, ignoreCookies, ignoreHeaders }: ResolvedConfig = config;
  const judged = { rules: rules.sources, bodyMarkers, ignoreCookies, ignoreHeaders };
  return JSON.stringify({ version, ...judged, fingerprint });
}
