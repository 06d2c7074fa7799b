/**
 * Draws the pictures of README.md, docs/architecture.md and docs/guide/how-it-works.md into docs/pictures: `npm run
 * draw`. With `--check` it writes nothing, and fails if a picture differs from what the sources give. It always fails
 * if a step of a journey names no file of src.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawFlow } from './pictures/flow.mjs';
import { changeJourney, frontJourney, requestJourney } from './pictures/journeys.mjs';
import { overview } from './pictures/overview.mjs';
import { killedSequence, raceSequence, storedSequence } from './pictures/protocol.mjs';
import { drawRooms } from './pictures/rooms.mjs';
import { drawSequence } from './pictures/sequence.mjs';

const SOURCES = new URL('../src/', import.meta.url);
const FOLDER = new URL('../docs/pictures/', import.meta.url);

const pictures = new Map([
  ['overview.svg', drawFlow(overview)],
  ['rooms.svg', drawRooms()],
  ['request.svg', drawJourney(requestJourney)],
  ['change.svg', drawJourney(changeJourney)],
  ['front.svg', drawJourney(frontJourney)],
  ['stored.svg', drawSequence(storedSequence)],
  ['race.svg', drawSequence(raceSequence)],
  ['killed.svg', drawSequence(killedSequence)],
]);

if (process.argv.includes('--check')) {
  const outdated = [...pictures].filter(([name, drawn]) => textOf(name) !== drawn).map(([name]) => name);
  if (outdated.length > 0) giveUp(`out of date: ${outdated.join(', ')}; run npm run draw`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, drawn] of pictures) writeFileSync(new URL(name, FOLDER), drawn);
}

function drawJourney(journey) {
  const missing = Object.values(journey.steps)
    .flatMap(({ file }) => file ?? [])
    .filter((file) => !existsSync(new URL(file, SOURCES)));
  if (missing.length > 0)
    giveUp(`.dev/pictures/journeys.mjs names files that are not in src: ${missing.join(', ')}`);
  return drawFlow(journey);
}

function textOf(name) {
  const file = new URL(name, FOLDER);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function giveUp(problem) {
  console.error(`draw: ${problem}`);
  process.exit(1);
}
