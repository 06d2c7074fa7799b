import type { ResolvedAssetOptions } from '../assets/options.js';
import type { ResolvedConfig } from '../config.js';
import { StaticGeneratorError } from '../errors.js';

/** Returns the assets of the configuration. Throws `ERR_OPTIONS` if it has none. */
export function assetsOf({ assets }: ResolvedConfig): ResolvedAssetOptions {
  if (assets !== undefined) return assets;
  const message =
    "Expected `assets` to be an object, got nothing. Add it to the configuration: assets: { dirs: ['static'], root: 'var/static' }";
  throw new StaticGeneratorError('ERR_OPTIONS', message, {
    fields: { problems: [{ option: 'assets', message }] },
  });
}
