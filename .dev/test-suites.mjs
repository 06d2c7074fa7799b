/**
 * Runs the suites of Express and of common middleware, with ours in front and without, and compares them test by test.
 */

import { differences } from '../test/suites/differences.mjs';
import { suites } from '../test/suites/suites.mjs';
import { runStep, script } from './step.mjs';
import { prepareSuite } from './suites/checkouts.mjs';
import { compareRuns, describeDifferences, whatFailsAgain } from './suites/compare.mjs';
import { runSuite } from './suites/mocha.mjs';

const HELP = `Usage: node .dev/test-suites.mjs [--list] [suite…]

Runs each suite three times: as it is, with a middleware in front that stores no pages, and with one that stores every page that it can.
Prints the tests that fail only with the middleware. Exits with 1 if one of them is not in test/suites/differences.mjs.
The suites come from the folder that STATICGENERATOR_SUITES names (one checkout each), or are cloned from GitHub.

  --list  print the suites without running them`;

const words = process.argv.slice(2);
const names = Object.keys(suites);
const unknown = words.find((word) => word !== '--list' && !names.includes(word));
if (words.includes('--help')) console.log(HELP);
else if (unknown !== undefined) {
  console.error(`Expected one of ${names.join(', ')}, got ${unknown}\n\n${HELP}`);
  process.exitCode = 2;
} else if (words.includes('--list')) for (const name of names) console.log(name);
else await testSuites(words.length === 0 ? names : words);

async function testSuites(chosen) {
  const built = await runStep(script('build'));
  if (!built.isOk) process.exitCode = 1;
  else for (const name of chosen) if (!testSuite(name)) process.exitCode = 1;
}

function testSuite(name) {
  const folder = prepareSuite(name, suites[name]);
  const plain = runSuite(folder, suites[name], 'not');
  const compared = ['none', 'all'].map((mounted) => {
    const known = differences[name]?.[mounted] ?? {};
    const once = () => compareRuns(plain, runSuite(folder, suites[name], mounted), { mounted, known });
    const first = once();
    // Some tests measure time, and fail on a busy machine.
    return first.unexplained.length === 0 ? first : whatFailsAgain(first, once());
  });
  console.log(describeDifferences(name, plain, compared));
  return compared.every(({ unexplained }) => unexplained.length === 0);
}
