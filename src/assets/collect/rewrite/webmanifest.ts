import type { Reference } from './reference.js';

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;
/** Lists whose items have an image in `src`. */
const imageLists: readonly string[] = ['icons', 'screenshots'];

/** An object or array that is open, with the name that it has. */
interface Level {
  readonly name: string;
  readonly isObject: boolean;
  key: string;
  /** Whether the next string is a value. */
  isValue: boolean;
}

/** Finds the images of a web app manifest, also those of its shortcuts. Does not check that the text is JSON. */
export function scanWebmanifest(text: string): readonly Reference[] {
  const references: Reference[] = [];
  const levels: Level[] = [];
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') levels.push(open(token, level));
    else if (token === '}' || token === ']') levels.pop();
    else if (level === undefined) continue;
    else if (token === ':') level.isValue = true;
    else if (token === ',') level.isValue = !level.isObject;
    else if (!level.isValue) level.key = String(JSON.parse(token));
    else if (level.key === 'src' && imageLists.includes(level.name))
      references.push(referenceOf(token, index));
  }
  return references;
}

function open(token: string, above: Level | undefined): Level {
  const isObject = token === '{';
  // An item of a list has the list's name.
  const name = above === undefined ? '' : above.isObject ? above.key : above.name;
  return { name, isObject, key: '', isValue: !isObject };
}

function referenceOf(token: string, start: number): Reference {
  const url = String(JSON.parse(token));
  return { start, end: start + token.length, url, kind: 'link', write: (next) => JSON.stringify(next) };
}
