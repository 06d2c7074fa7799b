/** Runs the tests with real applications, which are too large for every run of the tests. */
import { appNames, provideApp } from './prepare/apps.mjs';
import { printSummary, runStep, script, vitest } from './step.mjs';

const HELP = `Usage: node .dev/test-apps.mjs [--list] [app…]

Installs applications from npm at pinned versions, runs each behind the middleware and the generated nginx configuration,
and prints a summary. Exits with 1 if any failed. Without a name, it runs all of them.

  --list  print the applications without running them`;

const words = process.argv.slice(2);
const unknown = words.find((word) => word !== '--list' && !appNames.includes(word));
if (words.includes('--help')) console.log(HELP);
else if (unknown !== undefined) {
  console.error(`Expected one of ${appNames.join(', ')}, got ${unknown}\n\n${HELP}`);
  process.exitCode = 2;
} else if (words.includes('--list')) for (const name of appNames) console.log(name);
else await testApps(words.length === 0 ? appNames : words);

async function testApps(names) {
  const steps = [await runStep(script('build'))];
  if (steps[0].isOk)
    for (const name of names) {
      const environment = { STATICGENERATOR_APP: name, STATICGENERATOR_APP_FOLDER: provideApp(name) };
      steps.push(await runStep({ name, command: vitest([`test/apps/${name}/`]), environment }));
    }
  printSummary(steps);
}
