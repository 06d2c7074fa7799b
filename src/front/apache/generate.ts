import { ASSETS_OF_THE_APP, describeFront, type Front, type FrontConfig, UNCOUNTED } from '../front.js';
import { appProxy } from './app.js';
import { comment, directive, printStatements, type Statement } from './directives.js';
import { gateRules } from './gate.js';
import { requestLimits, targetsAsSent } from './limits.js';
import { type ApacheOptions, type OwnOptions, resolveApacheOptions } from './options.js';
import { pageFolder, pageRules } from './pages.js';
import { accessLog, siteFile, wholeFile } from './server.js';
import { schemeRules, schemeSubject, visitorAddress } from './visitors.js';

export type { ApacheForm, ApacheOptions } from './options.js';

/**
 * Returns the configuration of Apache for a site. Apache answers from pages as the code would, and passes all other
 * requests on. Throws `ERR_OPTIONS` with every problem of the options.
 */
export function generateApache(config: FrontConfig, given: ApacheOptions = {}): string {
  const options = resolveApacheOptions(config, given);
  return printApache(describeFront(config, options), options);
}

/** Returns the text of the decisions. Of the options, it needs those that only Apache has. */
export function printApache(front: Front, options: OwnOptions): string {
  const inside = siteOf(front);
  return printStatements(
    options.form === 'whole' ? wholeFile(front, inside, options) : siteFile(front, inside),
  );
}

function siteOf(front: Front): readonly Statement[] {
  const { gate, layout, visitors, limits } = front;
  return [
    ...(front.hits === undefined ? [] : [comment(UNCOUNTED)]),
    ...accessLog(front),
    ...requestLimits(limits),
    ...targetsAsSent(),
    ...visitorAddress(visitors),
    directive('RewriteEngine', 'On'),
    ...schemeRules(visitors),
    ...gateRules(gate, layout, schemeSubject(visitors)),
    ...pageRules(front),
    pageFolder(front),
    ...(front.assets === undefined ? [] : [comment(ASSETS_OF_THE_APP)]),
    ...appProxy(front),
  ];
}
