import { afterAll, describe, expect, test } from 'vitest';
import { isApplicable, ScratchCopies } from '../helpers/protocol/mutation.js';
import { everyTest, mutants } from './mutants.js';

// Checks that a test notices each removed step of the protocol: `npm run test:mutation`, on both drivers of SQLite.
const isAsked = process.env.STATICGENERATOR_MUTATION === '1';
const TIMEOUT_MS = 30 * 60 * 1000;

const copies = new ScratchCopies();
afterAll(() => copies.removeAll());

test('every step that can be removed is in the sources', () => {
  const edits = mutants.flatMap((mutant) => mutant.edits);
  expect(edits.filter((edit) => !isApplicable(edit))).toEqual([]);
});

describe.runIf(isAsked)('the protocol without one of its steps', { timeout: TIMEOUT_MS }, () => {
  test('the tests pass where nothing is missing', async () => {
    const files = [...new Set([...mutants.flatMap(({ tests }) => tests), ...everyTest])];
    const { isCaught, output } = await copies.use((copy) => copy.test(files));
    expect(isCaught, output).toBe(false);
  });

  test.concurrent.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (name, { edits, tests }) => {
      await copies.use(async (copy) => {
        const undo = copy.apply(edits);
        try {
          const expected = await copy.test(tests);
          const verdict = expected.isCaught ? expected : await copy.test(everyTest);
          // The mutant's own tests need repair. Prints its name, because with concurrent tests the reporter may show
          // the output under another test.
          if (!expected.isCaught) console.log(`noticed by no test of its own: ${name}\n${verdict.output}`);
          expect(verdict.isCaught, 'No test has noticed').toBe(true);
        } finally {
          undo();
        }
      });
    },
  );
});
