import { slugify } from '../text/slug.js';

/** @import { PostValues } from '../models/posts.js' */
/** @typedef {(choices: readonly string[]) => string} Pick returns one of them at random */

const NEWEST = Date.parse('2025-01-01T12:00:00Z');
const INTERVAL_MS = 5 * 3_600_000;

/** Each theme is a tag. */
const THEMES = {
  books: ['paperback', 'atlas', 'essay', 'first edition', 'reading lamp', 'bookshop', 'footnote'],
  city: ['tram line', 'courtyard', 'market hall', 'staircase', 'rooftop', 'night bus', 'fountain'],
  garden: ['greenhouse', 'apple tree', 'compost heap', 'seed box', 'hedge', 'watering can', 'rose bed'],
  kitchen: ['sourdough', 'cast-iron pan', 'lemon tart', 'spice drawer', 'soup pot', 'pantry', 'kettle'],
  music: ['upright piano', 'record player', 'chorus', 'metronome', 'cello', 'rehearsal', 'old song'],
  trails: ['ridge walk', 'forest path', 'map', 'mountain hut', 'river crossing', 'pair of boots', 'summit'],
  weather: ['barometer', 'first frost', 'thunderstorm', 'fog bank', 'rain gauge', 'heat wave', 'north wind'],
  workshop: ['workbench', 'hand plane', 'dovetail', 'oak board', 'sharpening stone', 'old clock', 'toolbox'],
};

const QUALITIES = [
  'stubborn',
  'quiet',
  'borrowed',
  'forgotten',
  'well-worn',
  'humble',
  'small',
  'restless',
  'patient',
  'crooked',
];
const TITLES = [
  'Notes on a',
  'A week with the',
  'In praise of the',
  'The trouble with a',
  'What I learned from a',
  'Back to the',
];
const TIMES = [
  'Last spring',
  'On the first cold morning',
  'After a long week',
  'Some years ago',
  'Before anyone was awake',
  'By the end of the month',
];
const PEOPLE = [
  'my neighbour',
  'a friend',
  'my grandmother',
  'the woman next door',
  'an old colleague',
  'my brother',
];
const FINDINGS = [
  'less is enough',
  'it only takes an hour',
  'nobody had measured it',
  'the simple way holds',
  'patience is a tool',
  'it was never broken',
];
const REMARKS = [
  'I wrote it down',
  'We laughed about it later',
  'Nothing came of it at once',
  'It changed how I work',
  'I would do it again',
  'That was the whole secret',
];

/**
 * Returns the first `count` posts of an endless series that is always the same.
 *
 * @param {number} count
 * @returns {PostValues[]}
 */
export function generatePosts(count) {
  return Array.from({ length: count }, (_, index) => generatePost(index));
}

/**
 * @param {number} index
 * @returns {PostValues}
 */
function generatePost(index) {
  const random = randomFrom(index);
  /** @type {Pick} */
  const pick = (choices) => choices[Math.floor(random() * choices.length)] ?? '';

  const tags = pickTwo(Object.keys(THEMES), pick);
  const things = Object.entries(THEMES).flatMap(([theme, names]) => (tags.includes(theme) ? names : []));
  const title = `${pick(TITLES)} ${pick(QUALITIES)} ${pick(things)}`;
  const [opening, ...others] = Array.from({ length: 3 + (index % 4) }, () => paragraph(pick, things));
  const time = new Date(NEWEST - index * INTERVAL_MS).toISOString();
  return {
    slug: `${slugify(title)}-${index + 1}`,
    title,
    body: [opening, `## ${capitalize(pick(FINDINGS))}`, ...others].join('\n\n'),
    publishedAt: time,
    updatedAt: time,
    tags,
  };
}

/**
 * @param {string[]} choices
 * @param {Pick} pick
 */
function pickTwo(choices, pick) {
  const first = pick(choices);
  return [first, pick(choices.filter((choice) => choice !== first))];
}

/**
 * @param {Pick} pick
 * @param {string[]} things
 */
function paragraph(pick, things) {
  const sentences = [
    `${pick(TIMES)}, ${pick(PEOPLE)} left me a ${pick(QUALITIES)} ${pick(things)}.`,
    `${pick(REMARKS)}.`,
    `The ${pick(things)} was more ${pick(QUALITIES)} than the ${pick(things)}, and ${pick(FINDINGS)}.`,
    `It took two attempts, the ${pick(things)} and the help of ${pick(PEOPLE)}.`,
    `${capitalize(pick(PEOPLE))} says of every ${pick(things)} that *${pick(FINDINGS)}*.`,
    `Whoever owns one ${pick(things)} knows the rest: ${pick(FINDINGS)}.`,
  ];
  const omitted = pick(sentences);
  return sentences.filter((sentence) => sentence !== omitted).join(' ');
}

/** @param {string} text */
function capitalize(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Returns the random number generator Mulberry32. It repeats its numbers, so that every run of the example has the same
 * posts.
 *
 * @param {number} seed
 * @returns {() => number} numbers from 0 up to 1
 */
function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
