/** Returns rows as objects. Columns that share a name are left out, because an object would have only the last. */
export function rowsOf(
  rows: readonly unknown[] = [],
  fields: readonly { readonly name: string }[] = [],
): readonly unknown[] {
  const counts = new Map<string, number>();
  for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (fields.length === counts.size && !rows.some(Array.isArray)) return rows;
  return rows.map((row) => {
    const isArray = Array.isArray(row);
    const own: readonly unknown[] = isArray ? row : [];
    const entries = fields.map(({ name }, index): [string, unknown] => [
      name,
      isArray ? own[index] : Reflect.get(row as object, name),
    ]);
    return Object.fromEntries(entries.filter(([name]) => counts.get(name) === 1));
  });
}
