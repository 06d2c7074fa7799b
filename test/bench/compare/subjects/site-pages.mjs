// The pages of the site, for the code that sends them and the code that checks them.
import { pageOf } from '../../harness/pages/pages.mjs';

/** The pages `many` are below the size from which codings are made, so that compression is not measured. */
const BODIES = { many: pageOf(900), prose: pageOf(3_000), '1k': pageOf(1_000), '10k': pageOf(10_000) };

/**
 * Returns the body of `/page/<size>`, `/refused/<size>/<number>`, `/many/<group>/<number>` and
 * `/prose/<group>/<number>`, and of `/unmatched/<size>`, which no rule matches.
 */
export function bodyOf(url) {
  const [, kind, name] = url.split('?')[0].split('/');
  return BODIES[kind] ?? BODIES[name];
}

/** Returns the tag of a page under `/many/`. */
export function groupOf(url) {
  return /^\/many\/([^/]+)\//.exec(url)?.[1];
}

export function manyPaths(group, count) {
  return Array.from({ length: count }, (_, number) => `/many/${group}/${number}`);
}
