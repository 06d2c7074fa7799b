interface Visit {
  readonly name: string;
  readonly edges: Iterator<string>;
}

/**
 * Returns groups of names, each group after all names that it needs. Names that need each other, directly or in a
 * circle, are one group (Tarjan's strongly connected components, without recursion, because chains may be long).
 */
export function orderByNeed(needs: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const groups: string[][] = [];
  const path: Visit[] = [];

  const enter = (name: string) => {
    lowest.set(name, numbers.size);
    numbers.set(name, numbers.size);
    stack.push(name);
    onStack.add(name);
    path.push({ name, edges: (needs.get(name) ?? new Set<string>()).values() });
  };
  const lower = (name: string, to = 0) => lowest.set(name, Math.min(lowest.get(name) ?? 0, to));
  const leave = (name: string) => {
    path.pop();
    const above = path.at(-1);
    if (above !== undefined) lower(above.name, lowest.get(name));
    if (lowest.get(name) !== numbers.get(name)) return;
    const group = stack.splice(stack.lastIndexOf(name));
    for (const one of group) onStack.delete(one);
    groups.push(group.sort());
  };

  for (const start of needs.keys()) {
    if (numbers.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { done, value } = visit.edges.next();
      if (done) leave(visit.name);
      else if (!numbers.has(value)) enter(value);
      else if (onStack.has(value)) lower(visit.name, numbers.get(value));
    }
  }
  return groups;
}
