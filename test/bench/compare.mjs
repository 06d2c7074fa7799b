// Shows whether the working tree is slower or faster than another commit. Run with: npm run bench:compare -- <commit>
import { spawnSync } from 'node:child_process';
import { helpOf, readArguments, UsageError } from './compare/arguments.mjs';
import { entryOf, makeCheckouts } from './compare/checkouts.mjs';
import { linesOf, tooSlow } from './compare/lines.mjs';
import { measureRounds } from './compare/rounds.mjs';
import { isSameText, nginx } from './compare/suites/nginx.mjs';
import { start, warm } from './compare/suites/processes.mjs';
import { renders } from './compare/suites/renders.mjs';
import { deletions, hits, misses, publish } from './compare/suites/site.mjs';
import { temporaryFolder } from './harness/processes/temporary-folder.mjs';
import { LOAD_CORE, pinCommand, toolOf } from './harness/processes/tools.mjs';

const SUITES = [hits, nginx, misses, deletions, renders, publish, warm, start];
const NAMES = SUITES.map(({ name }) => name);
const TOO_SLOW = 1;
const NOT_COMPARED = 2;
const INTERRUPTED = 130;

const interrupt = new AbortController();
const { signal } = interrupt;
// The first signal cleans up; a second one kills the process.
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => interrupt.abort());

try {
  const asked = readArguments(process.argv.slice(2), NAMES);
  if (asked === undefined) console.log(helpOf(NAMES));
  else process.exitCode = await compare(asked);
} catch (error) {
  tell('');
  process.exitCode = signal.aborted ? INTERRUPTED : NOT_COMPARED;
  if (!signal.aborted) console.error(error.message);
  if (error instanceof UsageError) console.error('npm run bench:compare -- --help shows the usage');
}

async function compare(asked) {
  const folder = temporaryFolder();
  const checkouts = await makeCheckouts({ ref: asked.ref, folder, signal, tell });
  const { suites, leftOut } = choose(asked, checkouts, folder);
  pinSelf();
  const { rounds, pairs } = asked;
  const measures = await measureRounds(suites, checkouts, { rounds, pairs, folder, signal, tell });
  tell('');
  const slow = asked.failBelow === undefined ? [] : tooSlow(measures, asked.failBelow);
  if (asked.json) printJson({ asked, checkouts, measures, leftOut, slow });
  else printText({ asked, checkouts, measures, leftOut, slow });
  return slow.length > 0 ? TOO_SLOW : 0;
}

/** Leaves out the suites that cannot be compared or need not be, and gives the reason for each. */
function choose(asked, checkouts, folder) {
  const reasons = SUITES.filter(({ name }) => asked.suites.includes(name)).map((suite) => ({
    ...{ suite, why: reasonToLeaveOut(suite, asked, checkouts, folder) },
  }));
  return {
    suites: reasons.filter(({ why }) => why === undefined).map(({ suite }) => suite),
    leftOut: reasons
      .filter(({ why }) => why !== undefined)
      .map(({ suite, why }) => ({ suite: suite.name, why })),
  };
}

function reasonToLeaveOut(suite, asked, checkouts, folder) {
  const missing = suite.needs.find((path) => entryOf(checkouts.other.root, path) === undefined);
  if (missing !== undefined) return `${asked.ref} has no ${missing}`;
  if (suite !== nginx) return undefined;
  if (toolOf('nginx') === undefined) return 'nginx was not found';
  const isSame = !asked.nginx && isSameText(checkouts, folder);
  return isSame ? 'same text: both generate the same configuration (--nginx measures it)' : undefined;
}

/** This process is the client of the subjects, which run on the other core. */
function pinSelf() {
  const command = pinCommand(LOAD_CORE, process.pid);
  if (command !== undefined) spawnSync(command[0], command.slice(1));
}

/** Shows the progress on a terminal, in one line that each call overwrites. */
function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function printText({ asked, checkouts, measures, leftOut, slow }) {
  const lines = [
    checkouts.this.label,
    `in times ${checkouts.other.label}`,
    '',
    ...(measures.length > 0 ? linesOf(measures) : []),
    ...leftOut.map(({ suite, why }) => `${suite}: ${why}`),
  ];
  const [first] = measures;
  if (first !== undefined) {
    const confidence = `${(first.cpu.confidence * 100).toFixed(1)} %`;
    lines.push(
      '',
      `Below 1 is slower. ${asked.rounds} rounds: an interval holds the true ratio with ${confidence} confidence.`,
    );
  }
  if (slow.length > 0)
    lines.push(`Slower than ${asked.failBelow} allows: ${slow.map(({ name }) => name).join('; ')}`);
  console.log(lines.join('\n'));
}

function printJson({ asked, checkouts, measures, leftOut, slow }) {
  const describe = ({ commit, isDirty }) => ({ commit, isDirty });
  const document = {
    this: describe(checkouts.this),
    other: { ref: asked.ref, ...describe(checkouts.other) },
    ...{ node: process.versions.node, rounds: asked.rounds, measures, leftOut },
    slow: slow.map(({ name }) => name),
  };
  console.log(JSON.stringify(document, undefined, 2));
}
