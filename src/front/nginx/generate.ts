import { describeFront, type Front, type FrontConfig } from '../front.js';
import { appLocation, appUpstream } from './app.js';
import { assetLocations } from './assets/locations.js';
import { assetMaps } from './assets/maps.js';
import { printStatements, renamed } from './directives.js';
import { gateMaps } from './gate.js';
import { hostMaps } from './hosts.js';
import { pageMaps } from './layout.js';
import { requestLimits } from './limits.js';
import { type NginxOptions, type OwnOptions, resolveNginxOptions } from './options.js';
import { pageLocation } from './pages.js';
import { type Levels, statementsOf } from './server/forms.js';
import { hitMaps, tellHits } from './server/hits.js';
import { includeLocations } from './server/includes.js';
import { accessLog, logFormat } from './server/log.js';
import { schemeVariable, visitorAddress, visitorMaps } from './server/visitors.js';
import { variantMaps } from './variants.js';

export type { NginxForm, NginxOptions } from './options.js';

/**
 * Returns the nginx configuration of a site. nginx answers from pages as the code would, and passes all other requests
 * on. Throws `ERR_OPTIONS` with every problem of the options.
 */
export function generateNginx(config: FrontConfig, given: NginxOptions = {}): string {
  const options = resolveNginxOptions(config, given);
  return printNginx(describeFront(config, options, { keepsTerms: true }), options);
}

/** Returns the text of the decisions. Of the options, it needs those that only nginx has. */
export function printNginx(front: Front, options: OwnOptions): string {
  return printStatements(renamed(statementsOf(front, levelsOf(front, options), options), options.name));
}

/** Returns what goes into `http {}`, outside of any server, and what goes into a `server {}`. */
function levelsOf(front: Front, options: OwnOptions): Levels {
  const { gate, layout, answers, app, assets, limits, visitors } = front;
  return {
    http: [
      ...logFormat(front),
      ...visitorMaps(visitors),
      ...hostMaps(gate),
      ...variantMaps(layout, answers),
      ...gateMaps(gate, layout, schemeVariable(visitors)),
      ...pageMaps(layout, gate),
      ...appUpstream(app, limits),
      ...assetMaps(assets),
      ...hitMaps(front),
      ...tellHits(front, options, 'http'),
    ],
    server: [
      ...accessLog(front),
      ...tellHits(front, options, 'server'),
      ...visitorAddress(visitors),
      ...requestLimits(limits),
      ...assetLocations(front, options),
      pageLocation(front, options),
      ...includeLocations(front),
      ...appLocation(front),
    ],
  };
}
