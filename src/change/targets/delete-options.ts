import { isRefresh, REFRESH_EXPECTED, type Refresh } from '../refresh.js';
import { badTarget } from './bad-target.js';
import type { Target } from './target.js';

/** How one call of quickDelete differs from the site's options. */
export interface DeleteOptions {
  readonly refresh: Refresh;
}

/** Separates the options of a call from its targets. Throws `ERR_BAD_TARGET` for a `refresh` that does not exist. */
export function splitOptions(given: readonly (Target | DeleteOptions)[]): {
  readonly targets: readonly unknown[];
  readonly refresh: Refresh | undefined;
} {
  const targets: unknown[] = [];
  let refresh: Refresh | undefined;
  for (const one of given) {
    if (typeof one !== 'object' || one === null || !('refresh' in one)) targets.push(one);
    else if (isRefresh(one.refresh)) refresh = one.refresh;
    else
      throw badTarget(
        one,
        `expected \`refresh\` to be ${REFRESH_EXPECTED}, got ${JSON.stringify(one.refresh)}`,
      );
  }
  return { targets, refresh };
}
