import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns the faults that axe finds in a page as it is shown. `without` lists rules that something else checks. */
export async function faultsOf(
  page: Page,
  { without = [] }: { without?: readonly string[] } = {},
): Promise<unknown[]> {
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
  await page.evaluate(axe);
  return await page.evaluate<unknown[]>(
    `axe.run({ resultTypes: ['violations'], rules: ${JSON.stringify(rules)} })
      .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`,
  );
}
