// Writes the first page of docs/performance: the reports, and which goals were reached.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPORTS_FOLDER } from './report.mjs';

const INDEX = 'README.md';
/** Matches the part that was written by hand, to the end of the page. */
const BY_HAND = /^## Compare with another commit\n[\s\S]*/m;

/** Writes the page from all reports that exist, whichever suites have run. Keeps the part that was written by hand. */
export function writeIndex() {
  const reports = readdirSync(REPORTS_FOLDER)
    .filter((name) => name.endsWith('.md') && name !== INDEX)
    .sort()
    .map((name) => readReport(name))
    // A page without a date was written by hand.
    .filter(({ date }) => date !== '');
  const list = reports.map(({ name, title, date }) => `| [${title}](${name}) | ${date} |`);
  const goals = reports.flatMap(({ name, title, goals: rows }) =>
    rows.map((cells) => `| [${title}](${name}) | ${cells.join(' | ')} |`),
  );
  const parts = [
    '# Performance, measured\n',
    'Written by `npm run bench`; [the guide](../guide/performance.md) says what it means, and [before and after](before-and-after.md) how the figures have changed.\n',
    ['| report | measured |', '| --- | --- |', ...list, ''].join('\n'),
    '## Goals\n',
    ['| report | | wanted | measured | reached |', '| --- | --- | ---: | ---: | ---: |', ...goals, ''].join(
      '\n',
    ),
  ];
  const [byHand] = BY_HAND.exec(readFileSync(join(REPORTS_FOLDER, INDEX), 'utf8')) ?? [];
  if (byHand !== undefined) parts.push(byHand);
  writeFileSync(join(REPORTS_FOLDER, INDEX), parts.join('\n'));
}

function readReport(name) {
  const text = readFileSync(join(REPORTS_FOLDER, name), 'utf8');
  const [, title = name] = /^# (.+)$/m.exec(text) ?? [];
  const [, date = ''] = /^Measured on ([\d-]+)/m.exec(text) ?? [];
  const [, goals = ''] = /^## Goals\n([\s\S]*)/m.exec(text) ?? [];
  return { name, title, date, goals: rowsOf(goals) };
}

/** Returns the cells of a table, without its header and the line below. */
function rowsOf(markdown) {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));
}
