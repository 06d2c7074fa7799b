/** Draws the groups of the sources, each above the groups that it imports. */
import { groupOf, importsOf, LAYERS, readSources, resolveImport, SIDEWAYS } from '../layers.mjs';
import { arrow, box, picture } from './svg.mjs';

const WIDTH = 1100;
const ROW = 100;
const BOX = { height: 58, gap: 18 };
const LETTER = { title: 8.2, small: 6.2 };

/**
 * Draws one box for each group in src, in the rows of the layers. Leaves out an import if a longer way leads to the
 * same group.
 */
export function drawRooms() {
  const groups = readGroups();
  const rows = LAYERS.map((names) => names.flatMap((name) => groups.get(name) ?? []));
  const filled = rows.filter((row) => row.length > 0);
  const places = new Map(filled.flatMap(placeRow));
  const arrows = [...groups.values()].flatMap((group) =>
    shortestImports(groups, group).map((other) => drawImport(places.get(group.name), places.get(other))),
  );
  return picture({
    width: WIDTH,
    height: filled.length * ROW - ROW + BOX.height + 20,
    title: 'The folders and files of src, each above what it imports',
    parts: [...arrows, ...[...groups.values()].map((group) => drawGroup(group, places.get(group.name)))],
  });
}

function readGroups() {
  const groups = new Map();
  for (const [file, text] of readSources()) {
    const name = groupOf(file);
    const group = groups.get(name) ?? { name, folders: new Set(), imports: new Set() };
    groups.set(name, group);
    group.isFolder = file.includes('/');
    const inside = file.split('/').slice(1, -1)[0];
    if (inside !== undefined) group.folders.add(inside);
    for (const other of importedGroups(file, text))
      if (other !== name && !SIDEWAYS.has(`${name} -> ${other}`)) group.imports.add(other);
  }
  return groups;
}

function importedGroups(file, text) {
  return importsOf(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => groupOf(resolveImport(file, specifier)));
}

function shortestImports(groups, { imports }) {
  const further = new Set([...imports].flatMap((other) => [...reachable(groups, other)]));
  return [...imports].filter((other) => !further.has(other));
}

function reachable(groups, from, seen = new Set()) {
  for (const next of groups.get(from).imports) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(groups, next, seen);
  }
  return seen;
}

function placeRow(row, index) {
  const widths = row.map((group) =>
    Math.max(...linesOf(group).map(([text, style]) => 26 + text.length * LETTER[style])),
  );
  let x = (WIDTH - widths.reduce((sum, width) => sum + width + BOX.gap, -BOX.gap)) / 2;
  return row.map(({ name }, column) => {
    const place = { x, y: 10 + index * ROW, width: widths[column], height: BOX.height };
    x += place.width + BOX.gap;
    return [name, place];
  });
}

function linesOf({ name, isFolder, folders }) {
  if (!isFolder) return [[`${name}.ts`, 'title']];
  const inside = [...folders].sort().join(' ');
  return [[`${name}/`, 'title'], ...(inside === '' ? [] : [[inside, 'small']])];
}

function drawGroup(group, place) {
  return box({ ...place, kind: group.isFolder ? 'ours' : 'box', lines: linesOf(group) });
}

function drawImport(from, to) {
  return arrow([
    [from.x + from.width / 2, from.y + from.height],
    [to.x + to.width / 2, to.y],
  ]);
}
