/** Named references that templates write for characters with a meaning in HTML. */
const entities: Readonly<Record<string, readonly string[]>> = {
  '&': ['amp'],
  '<': ['lt'],
  '>': ['gt'],
  '"': ['quot'],
  "'": ['apos'],
};

const known = new Map<string, readonly Buffer[]>();

/** Returns how a header's character is spelled in a body: as it is, in HTML, a URL or a script; the longest first. */
export function spellingsOf(character: string): readonly Buffer[] {
  const spelled = known.get(character) ?? spell(character);
  known.set(character, spelled);
  return spelled;
}

function spell(character: string): readonly Buffer[] {
  const bytes = [Buffer.from(character), Buffer.from(character, 'latin1')];
  if (/[A-Za-z0-9]/.test(character)) return bytes.slice(0, 1);
  const inHtml = referencesTo(character);
  const inUrl = bytes.flatMap(percentOf).flatMap((one) => [one, one.replaceAll('%', '%25')]);
  // The spelling in a string of JSON in a URL.
  if (/["\\]/.test(character)) inUrl.push(...percentOf(Buffer.from(`\\${character}`)));
  const escaped = [...inHtml, ...inUrl, ...escapesOf(character)].map((text) => Buffer.from(text));
  return [...escaped, ...bytes].sort((one, other) => other.length - one.length);
}

function referencesTo(character: string): readonly string[] {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  const numbers = [`${code}`, `0${code}`, ...eitherCase(hex).flatMap((one) => [`x${one}`, `X${one}`])];
  const references = [...(entities[character] ?? []), ...numbers.map((number) => `#${number}`)];
  // A string of JSON in an attribute is escaped twice.
  return references.flatMap((name) => [`&${name};`, `\\&${name};`]);
}

function percentOf(bytes: Buffer): readonly string[] {
  return eitherCase(bytes.toString('hex')).map((hex) => hex.replace(/../g, '%$&'));
}

function escapesOf(character: string): readonly string[] {
  const hex = character.charCodeAt(0).toString(16);
  const numbers = eitherCase(hex).flatMap((one) => [
    `\\u${one.padStart(4, '0')}`,
    `\\x${one.padStart(2, '0')}`,
  ]);
  if (character === ' ') return [...numbers, '+'];
  return character === '\t' ? [...numbers, '\\t'] : [...numbers, `\\${character}`];
}

function eitherCase(hex: string): readonly string[] {
  return [...new Set([hex, hex.toUpperCase()])];
}
