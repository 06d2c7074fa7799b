/** What a schema of Prisma says about a field. */
export interface DeclaredField {
  readonly type: string;
  readonly isList: boolean;
  /** Whether it is a relation whose key is in the rows of its own model. */
  readonly isOwner: boolean;
  /** In an owner: the fields of the key, and the fields of the other model that they equal. */
  readonly fields: readonly string[];
  readonly references: readonly string[];
  /** Whether its rows are deleted or changed with the row to which they refer. */
  readonly isCascading: boolean;
}

export interface DeclaredModel {
  /** The fields of the primary key. */
  readonly primary: readonly string[];
  readonly fields: ReadonlyMap<string, DeclaredField>;
}

const TEXT = String.raw`"(?:[^"\\\n]|\\.)*"`;
const TEXT_OR_COMMENT = new RegExp(`${TEXT}|//[^\n]*`, 'g');
const TEXTS = new RegExp(TEXT, 'g');
/** Parentheses, with two levels inside: `@id(map: "x")`, `@default(dbgenerated("x"))`, `@@id([a(sort: Desc)])`. */
const PARENTHESES = /\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g;
const BLOCK = /^[ \t]*(?:model|view)\s+(\w+)\s*\{([\s\S]*?)^[ \t]*\}/gm;
const FIELD = /^(\w+)\s+(\w+)\s*(\[\]|\?)?(.*)$/;

/**
 * Reads the keys and relations of models from the text of a schema, which a client contains. Its other descriptions of
 * its models leave them out.
 */
export function declaredModels(schema: string): ReadonlyMap<string, DeclaredModel> {
  const bare = schema.replaceAll(TEXT_OR_COMMENT, (piece) => (piece.startsWith('"') ? piece : ''));
  // String literals contain no names to read, and brackets in them would mislead.
  const flat = bare.replaceAll(TEXTS, '""').replaceAll(PARENTHESES, (piece) => piece.replaceAll(/\s+/g, ' '));
  return new Map(
    [...flat.matchAll(BLOCK)].map(([, name = '', body = '']) => [
      name,
      modelIn(body.split('\n').map((line) => line.trim())),
    ]),
  );
}

function modelIn(lines: readonly string[]): DeclaredModel {
  const fields = new Map<string, DeclaredField>();
  let primary: readonly string[] = [];
  for (const line of lines) {
    const names = /^@@id\(.*?\[(.*)\]/.exec(line)?.[1];
    if (names !== undefined)
      primary = names
        .replaceAll(PARENTHESES, '')
        .split(',')
        .map((name) => name.trim());
    const [, name = '', type = '', modifier = '', attributes = ''] = FIELD.exec(line) ?? [];
    if (name === '') continue;
    if (/(?:^|\s)@id\b/.test(attributes)) primary = [name];
    fields.set(name, fieldOf(type, modifier, attributes));
  }
  return { primary, fields };
}

function fieldOf(type: string, modifier: string, attributes: string): DeclaredField {
  const relation = /@relation\((.*)/.exec(attributes)?.[1] ?? '';
  const action = /\bonDelete\s*:\s*(\w+)/.exec(relation)?.[1] ?? (modifier === '?' ? 'SetNull' : 'Restrict');
  return {
    type,
    isList: modifier === '[]',
    isOwner: /\bfields\s*:/.test(relation),
    fields: namesIn(relation, 'fields'),
    references: namesIn(relation, 'references'),
    isCascading: /^(?:Cascade|SetNull|SetDefault)$/.test(action),
  };
}

/** Returns the names in the brackets of an argument. */
function namesIn(relation: string, argument: string): readonly string[] {
  const names = new RegExp(`\\b${argument}\\s*:\\s*\\[([^\\]]*)\\]`).exec(relation)?.[1] ?? '';
  return names.split(',').flatMap((name) => name.trim() || []);
}
