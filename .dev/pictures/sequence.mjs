/** Draws the messages between participants, from top to bottom. */
import { arrow, box, note, picture } from './svg.mjs';

const COLUMN = 168;
const ROW = 40;
const BOX = { width: 128, height: 34 };
const MARGIN = 12;
const TOP = MARGIN + BOX.height;

/**
 * Draws the participants `who`, from left to right, and `steps`. `[from, to, text]` is a message, and `[at, text]` an
 * event at one participant.
 */
export function drawSequence({ title, who, steps }) {
  const height = TOP + (steps.length + 1) * ROW;
  const center = (name) => MARGIN + BOX.width / 2 + who.indexOf(name) * COLUMN;
  const parts = [
    ...who.map((name) =>
      arrow(
        [
          [center(name), TOP],
          [center(name), height - MARGIN],
        ],
        { kind: 'life', head: false },
      ),
    ),
    ...who.map((name) => box({ x: center(name) - BOX.width / 2, y: MARGIN, ...BOX, lines: [[name]] })),
    ...steps.map((step, index) => drawStep(step, TOP + (index + 1) * ROW, center)),
  ];
  const width = (who.length - 1) * COLUMN + BOX.width + 2 * MARGIN;
  return picture({ width, height, title, parts });
}

function drawStep(step, y, center) {
  if (step.length === 2) return note({ x: center(step[0]), y, text: step[1] });
  const [from, to, label] = step;
  const [x1, x2] = [center(from), center(to)];
  return arrow(
    [
      [x1, y],
      [x2, y],
    ],
    { label, labelAt: [(x1 + x2) / 2, y - 7] },
  );
}
