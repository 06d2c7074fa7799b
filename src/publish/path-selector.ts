import type { Selector } from '../page/selector.js';

/** Selects one page by its path. */
export type PathSelector = Extract<Selector, { kind: 'path' }>;

/** Returns the selector that renders a stored page. */
export function pathSelectorOf({
  path,
  host,
}: {
  readonly path: string;
  readonly host: string;
}): PathSelector {
  return host === '' ? { kind: 'path', value: path } : { kind: 'path', value: path, host };
}

/** Whether a selector names one page. */
export function isPath(selector: Selector): selector is PathSelector {
  return selector.kind === 'path';
}
