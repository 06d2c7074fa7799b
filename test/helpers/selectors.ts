import { readTarget } from '../../src/change/targets/read.js';
import type { Selector } from '../../src/page/selector.js';

/** Returns the selector that a path or glob means. */
export function parseTarget(written: string): Selector {
  const reading = readTarget(written, []);
  if (reading.kind === 'not-page') throw new Error(`${JSON.stringify(written)} names no page`);
  return reading;
}
