import { type KeyValues, type RouteKey, textOfValue } from './key.js';

/** Makes the file of a page from its values. */
export type FileTemplate = (values: KeyValues) => string;

/**
 * Reads a file template: `{slug}` by name, `{0}` by number, `{}` the next one, `{{` and `}}` for the braces themselves.
 * Throws an error that names a parameter that the route does not have.
 */
export function compileFileTemplate(template: string, keys: readonly RouteKey[]): FileTemplate {
  let next = 0;
  const parts = [...template.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)].map(([text, inner]) => {
    if (inner !== undefined) return { key: findKey(inner === '' ? String(next++) : inner, keys) };
    if (text === '{' || text === '}')
      throw new Error(`its \`file\` has a ${text} that is not closed or opened`);
    return { text: text.replace(/^(?:\{\{|\}\})$/, (braces) => braces.slice(1)) };
  });
  return (values) =>
    parts.map(({ key, text = '' }) => (key === undefined ? text : textOfValue(values.get(key)))).join('');
}

function findKey(written: string, keys: readonly RouteKey[]): string {
  const named = keys.find(({ name }) => name === written);
  const key = named ?? (/^\d+$/.test(written) ? keys[Number(written)] : undefined);
  if (key !== undefined) return key.name;
  const known = keys.length === 0 ? 'it has none' : `it has ${keys.map(({ name }) => name).join(', ')}`;
  throw new Error(`its \`file\` names the parameter {${written}}, and ${known}`);
}
