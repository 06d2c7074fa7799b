import { describeFront, type Front, type FrontConfig } from '../front.js';
import { appLocation, appUpstream } from './app.js';
import { assetLocations } from './assets/locations.js';
import { assetMaps } from './assets/maps.js';
import { printStatements } from './directives.js';
import { type Levels, statementsOf } from './forms.js';
import { gateMaps } from './gate.js';
import { hostMaps } from './hosts.js';
import { pageMaps } from './layout.js';
import { requestLimits } from './limits.js';
import { type NginxOptions, type OwnOptions, resolveNginxOptions } from './options.js';
import { pageLocation } from './pages.js';
import { visitorAddress, visitorMaps } from './visitors.js';

export type { NginxForm, NginxOptions } from './options.js';

/**
 * The nginx configuration of a site: it answers from pages what the code would, and passes everything else on. Throws
 * `ERR_OPTIONS` with every problem of the options.
 */
export function generateNginx(config: FrontConfig, given: NginxOptions = {}): string {
  const options = resolveNginxOptions(config, given);
  return printNginx(describeFront(config, options), options);
}

/** The text of what is decided; of the options, those that only nginx has. */
export function printNginx(front: Front, options: OwnOptions): string {
  return printStatements(statementsOf(front, levelsOf(front, options), options));
}

/** What stands in `http {}`, outside of any server, and what goes inside a `server {}`. */
function levelsOf(front: Front, options: OwnOptions): Levels {
  const { gate, layout, app, assets, limits, visitors } = front;
  return {
    http: [
      ...visitorMaps(visitors),
      ...hostMaps(gate),
      ...gateMaps(gate),
      ...pageMaps(layout, gate),
      ...appUpstream(app, limits),
      ...assetMaps(assets),
    ],
    server: [
      ...visitorAddress(visitors),
      ...requestLimits(limits),
      ...assetLocations(assets, options),
      pageLocation(front, options),
      ...appLocation(front),
    ],
  };
}
