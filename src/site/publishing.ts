import { systemErrorCode } from '../errors.js';
import type { Entries } from '../ledger/ledger.js';
import { parsePage, urlOf, withVariant } from '../page/layout.js';
import { visitorHeaders } from '../page/request/audience.js';
import type { RequestHeaders } from '../page/request/header-reads.js';
import type { Rules } from '../page/rules.js';
import type { Selector } from '../page/selector.js';
import { Publisher } from '../publish/publish.js';
import { Regenerator } from '../publish/regenerate.js';
import type { Verifier } from '../publish/verify/verify.js';
import type { Warmer } from '../publish/warm/warm.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Storage } from './storage.js';

type Parts = Foundation & Storage & Invalidation;

/** Renders pages ahead of their visitors, and compares stored pages with what a visitor would get. */
export interface Publishing {
  readonly publisher: Publisher;
  readonly warmer: Pick<Warmer, 'warm'>;
  readonly verifier: Pick<Verifier, 'verify'>;
  readonly regenerator: Regenerator;
  /**
   * Regenerates without waiting for it: the code that saves a record may hold the connection that the renders wait for.
   * If the regeneration fails as a whole, the pages are deleted.
   */
  readonly regenerateBehind: (selectors: readonly Selector[], intended?: readonly Entries[]) => void;
}

export function makePublishing(parts: Parts): Publishing {
  const { config, gate, host, ledger, store, invalidator } = parts;
  const { webRoot, logger, types, typesOfPaths, headers, bypassHeaders, bodyMarkers, maxBodyBytes } = config;
  const { scheme } = config;
  const voidRenders = (selectors: readonly Selector[]) => invalidator.voidRenders(selectors);
  const voidAllRenders = () => invalidator.voidRenders([{ kind: 'all' }], 'warm');
  const publisher = new Publisher({
    ...{ voidRenders, host, webRoot },
    headersFor: (page) => ({
      ...visitorHeaders(ledger.get(page.host ?? '', page.value)?.audience?.scheme ?? scheme),
      ...variantHeaders(page.value, config.rules),
    }),
    defaultVariant: (path) => withDefaultVariant(path, config.rules),
  });
  const judge = (target: string, ofHost: string) =>
    gate(
      plainVisit(urlOf(target), {
        ...{ host: ofHost, ...visitorHeaders(scheme) },
        ...variantHeaders(target, config.rules),
      }),
    );
  const isStored = (folder: string, path: string) => ledger.find(folder, path) !== undefined;
  const regenerator = new Regenerator({ invalidator, publisher, logger });
  return {
    ...{ publisher, regenerator },
    warmer: warmerOf({ publisher, judge, host, isStored, voidAllRenders }),
    verifier: verifierOf({
      ...{ publisher, ledger, store, judge, host, bodyMarkers, maxBodyBytes },
      rules: { types, typesOfPaths, headers, bypassHeaders },
    }),
    regenerateBehind: (...given) => regenerateBehind({ ...parts, regenerator }, ...given),
  };
}

/** Returns the headers of a request that gets the variant of a page. */
function variantHeaders(path: string, rules: Rules): Readonly<Record<string, string>> {
  const page = rules.hasVariants ? parsePage(path) : undefined;
  if (page?.variant === undefined) return {};
  return rules.variantsOf(page.decoded)?.requestFor(page.variant) ?? {};
}

/** Returns the page that a request gets if it chooses no variant. */
function withDefaultVariant(path: string, rules: Rules): string {
  const page = rules.hasVariants ? parsePage(path) : undefined;
  const [first] = (page && rules.variantsOf(page.decoded)?.all) ?? [];
  return page === undefined || first === undefined || page.variant !== undefined
    ? path
    : withVariant(page, first).path;
}

/** Loads the warmer when it is used: the process that answers visitors does not need an HTML parser. */
function warmerOf(parts: ConstructorParameters<typeof Warmer>[0]): Publishing['warmer'] {
  return {
    warm: async (settings) => {
      const { Warmer } = await import('../publish/warm/warm.js');
      return await new Warmer(parts).warm(settings);
    },
  };
}

/** Loads the verifier when it is used, too. */
function verifierOf(parts: ConstructorParameters<typeof Verifier>[0]): Publishing['verifier'] {
  return {
    verify: async (settings) => {
      const { Verifier } = await import('../publish/verify/verify.js');
      return await new Verifier(parts).verify(settings);
    },
  };
}

/** Returns a visitor's request as the gate sees it: only a path, a host, and the headers that browsers send. */
function plainVisit(target: string, headers: RequestHeaders) {
  return {
    method: 'GET',
    httpVersion: '1.1',
    target,
    headers,
    local: true,
    localPort: undefined,
  };
}

function regenerateBehind(
  { background, faults, invalidator, regenerator }: Parts & Pick<Publishing, 'regenerator'>,
  selectors: readonly Selector[],
  intended?: readonly Entries[],
): void {
  const deleteInstead = async (error: unknown) => {
    // Everything is done on this host, and the ledger keeps what must be sent to the others.
    if (systemErrorCode(error) === 'ERR_CLUSTER_UNREACHABLE') return;
    faults.report('regenerating', error, {}, 'pages could not be rendered again; they are deleted');
    await invalidator.invalidate(selectors, intended);
  };
  background.run({
    name: 'regenerating',
    work: async () => await regenerator.regenerate(selectors, intended).catch(deleteInstead),
  });
}
