/** By the name of a model, those whose records the database changes with one of its records. */
export type Cascades = Readonly<Record<string, readonly string[]>>;

/** All models that the database changes with one, directly or by way of others. */
export function cascadeOf(entity: string, cascades: Cascades): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [entity];
  for (const one of queue)
    for (const other of cascades[one] ?? [])
      if (!found.has(other)) {
        found.add(other);
        queue.push(other);
      }
  return found;
}

/** What the ORM knows, and what its user adds. */
export function mergeCascades(known: Cascades, given: Cascades = {}): Cascades {
  const merged: Record<string, readonly string[]> = { ...known };
  for (const [entity, others] of Object.entries(given))
    merged[entity] = [...(known[entity] ?? []), ...others];
  return merged;
}
