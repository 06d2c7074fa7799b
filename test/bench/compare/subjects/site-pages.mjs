// The pages of the site, for those who send them and those who check them.
import { pageOf } from '../../harness/pages/pages.mjs';

/** `many` are below the size from which codings are made: what is measured is not compressing. */
const BODIES = { many: pageOf(900), prose: pageOf(3_000), '1k': pageOf(1_000), '10k': pageOf(10_000) };

/** The body of `/page/<size>`, `/refused/<size>/<number>`, `/many/<group>/<number>`, `/prose/<group>/<number>`; by no rule, of `/unmatched/<size>`. */
export function bodyOf(url) {
  const [, kind, name] = url.split('?')[0].split('/');
  return BODIES[kind] ?? BODIES[name];
}

/** The tag of a page among many. */
export function groupOf(url) {
  return /^\/many\/([^/]+)\//.exec(url)?.[1];
}

export function manyPaths(group, count) {
  return Array.from({ length: count }, (_, number) => `/many/${group}/${number}`);
}
