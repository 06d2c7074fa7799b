/** Draws steps in the cells of a grid, and arrows between them. */
import { arrow, box, picture } from './svg.mjs';

const CELL = { width: 250, height: 96 };
const BOX = { width: 196, height: 54 };
const MARGIN = 12;

/**
 * Draws `steps`, each `{ at: [column, row], says, file?, kind? }` by its name, and `ways`, each
 * `[from, to, label?]`. An arrow starts at the side or the bottom of a step, whichever is nearer to its end.
 */
export function drawFlow({ title, steps, ways }) {
  const at = Object.values(steps).map((step) => step.at);
  const arrows = ways.map(([from, to, label]) => drawWay(steps[from].at, steps[to].at, label));
  return picture({
    width: (Math.max(...at.map(([column]) => column)) + 1) * CELL.width - CELL.width + BOX.width + 2 * MARGIN,
    height: (Math.max(...at.map(([, row]) => row)) + 1) * CELL.height - CELL.height + BOX.height + 2 * MARGIN,
    title,
    parts: [...arrows, ...Object.values(steps).map(drawStep)],
  });
}

function drawStep({ at, says, file, kind = file === undefined ? 'box' : 'ours' }) {
  const [x, y] = cornerOf(at);
  const lines = file === undefined ? [[says]] : [[says], [file, 'small']];
  return box({ x, y, ...BOX, kind, lines });
}

function drawWay(from, to, label) {
  const points = pointsOf(from, to);
  const [[x1, y1], [x2, y2]] = points;
  // The label is on the first segment of the arrow, a little off its middle.
  const labelAt = y1 === y2 ? [(x1 + x2) / 2, y1 - 6] : [x1, (y1 + y2) / 2 + 4];
  return arrow(points, { label, labelAt });
}

function pointsOf([fromColumn, fromRow], [toColumn, toRow]) {
  const [x1, y1] = cornerOf([fromColumn, fromRow]);
  const [x2, y2] = cornerOf([toColumn, toRow]);
  const isBelow = toRow > fromRow;
  if (fromColumn === toColumn)
    return isBelow
      ? [center(x1, y1 + BOX.height), center(x2, y2)]
      : [center(x1, y1), center(x2, y2 + BOX.height)];
  const isRight = toColumn > fromColumn;
  const side = [isRight ? x1 + BOX.width : x1, y1 + BOX.height / 2];
  if (fromRow === toRow) return [side, [isRight ? x2 : x2 + BOX.width, y2 + BOX.height / 2]];
  return [side, [x2 + BOX.width / 2, side[1]], center(x2, isBelow ? y2 : y2 + BOX.height)];
}

function center(x, y) {
  return [x + BOX.width / 2, y];
}

function cornerOf([column, row]) {
  return [MARGIN + column * CELL.width, MARGIN + row * CELL.height];
}
