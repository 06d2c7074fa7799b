/**
 * The failure of each test, by the test's name; `undefined` if it passed.
 * @typedef {ReadonlyMap<string, string | undefined>} Outcomes
 * @typedef {{ readonly name: string, readonly failure: string | undefined }} Failure
 * @typedef {{ readonly mode: string, readonly explained: readonly Failure[], readonly unexplained: readonly Failure[] }} Compared
 */

/**
 * Returns what the middleware has changed: the tests that pass without it and fail with it, and which of them may fail.
 * `known` has the reasons why tests may fail, by a part of the test's name.
 * @param {Outcomes} plain
 * @param {Outcomes} mounted
 * @param {{ readonly mounted: string, readonly known: Readonly<Record<string, string>> }} options
 * @returns {Compared}
 */
export function compareRuns(plain, mounted, { mounted: mode, known }) {
  const failed = [...plain]
    .filter(([name, failure]) => failure === undefined && mounted.get(name) !== undefined)
    .map(([name]) => ({ name, failure: mounted.get(name) }));
  const lost = [...plain.keys()]
    .filter((name) => !mounted.has(name))
    .map((name) => ({ name, failure: 'not run' }));
  /** @param {Failure} failure */
  const isKnown = ({ name }) => Object.keys(known).some((text) => name.includes(text));
  const all = [...failed, ...lost];
  return { mode, explained: all.filter(isKnown), unexplained: all.filter((one) => !isKnown(one)) };
}

/**
 * Returns the first comparison with only those unexplained failures that the second has too.
 * @param {Compared} first
 * @param {Compared} second
 * @returns {Compared}
 */
export function whatFailsAgain(first, second) {
  const again = new Set(second.unexplained.map(({ name }) => name));
  return { ...first, unexplained: first.unexplained.filter(({ name }) => again.has(name)) };
}

/**
 * @param {string} name
 * @param {Outcomes} plain
 * @param {readonly Compared[]} compared
 */
export function describeDifferences(name, plain, compared) {
  const before = [...plain.values()].filter((failure) => failure !== undefined).length;
  const lines = [`${name}: ${plain.size} tests, ${before} of which fail without the middleware`];
  for (const { mode, explained, unexplained } of compared) {
    lines.push(
      `  pages: ${mode}: ${unexplained.length} fail, and ${explained.length} more for a known reason`,
    );
    for (const one of unexplained) lines.push(`    ${one.name}\n      ${(one.failure ?? '').split('\n')[0]}`);
  }
  return lines.join('\n');
}
