/** For each model, by name, the models whose records the database changes along with a record of it. */
export type Cascades = Readonly<Record<string, readonly string[]>>;

/** Returns all models that the database changes along with a model, directly or through other models. */
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

/** Merges what the ORM knows with what the user adds. */
export function mergeCascades(known: Cascades, given: Cascades = {}): Cascades {
  const merged: Record<string, readonly string[]> = { ...known };
  for (const [entity, others] of Object.entries(given))
    merged[entity] = [...(known[entity] ?? []), ...others];
  return merged;
}
