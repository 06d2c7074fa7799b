import { encodeSegment, type KeyValues, type RouteKey, type RoutePattern, textOfValue } from './key.js';
import { type Atom, parseRegExp } from './regexp-atoms.js';

/**
 * Inverts a regular expression: values in place of its groups give a path. Outside of groups, it may have literals and
 * anything that is optional. Throws an error that names what cannot be inverted.
 */
export function compileRegExp(written: RegExp): RoutePattern {
  const regexp = new RegExp(written.source, written.flags.replace(/[gy]/g, ''));
  const atoms = parseRegExp(written.source);
  const keys = keysOf(atoms, false);
  return {
    keys,
    build(values) {
      const path = write(atoms, values);
      const match = regexp.exec(path);
      if (match === null)
        throw new Error(`these values make ${JSON.stringify(path)}, which does not match it`);
      for (const { name, index } of keys) checkGroup(match, index, { name, expected: encoded(values, name) });
      return path;
    },
  };
}

interface Group extends RouteKey {
  readonly index: number;
}

function keysOf(atoms: readonly Atom[], isOptional: boolean): readonly Group[] {
  return atoms.flatMap((atom) => {
    const mayLack = isOptional || atom.isOptional;
    if (atom.kind === 'key')
      return [{ name: atom.name, index: atom.index, isWildcard: false, isOptional: mayLack }];
    return atom.kind === 'sequence' ? keysOf(atom.atoms, mayLack) : [];
  });
}

/** Leaves out optional parts, unless a value is in them. */
function write(atoms: readonly Atom[], values: KeyValues): string {
  return atoms.map((atom) => writeAtom(atom, values)).join('');
}

function writeAtom(atom: Atom, values: KeyValues): string {
  if (atom.kind === 'key') return encoded(values, atom.name) ?? '';
  const isNeeded =
    !atom.isOptional ||
    (atom.kind === 'sequence' && keysOf(atom.atoms, false).some(({ name }) => values.has(name)));
  if (!isNeeded) return '';
  return atom.kind === 'sequence' ? write(atom.atoms, values) : atom.text;
}

function encoded(values: KeyValues, name: string): string | undefined {
  const value = values.get(name);
  return value === undefined ? undefined : textOfValue(value).split('/').map(encodeSegment).join('/');
}

/** A value with a slash could make a path in which the groups match something else. */
function checkGroup(
  match: RegExpExecArray,
  index: number,
  { name, expected }: { readonly name: string; readonly expected: string | undefined },
): void {
  const caught = match[index];
  if (caught === expected) return;
  throw new Error(
    `in ${JSON.stringify(match[0])}, which these values make, its group \`${name}\` catches ${JSON.stringify(caught)}, not ${JSON.stringify(expected)}`,
  );
}
