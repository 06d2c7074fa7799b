/** Returns the values that a condition allows, if it does nothing else: `42`, `{ equals: 42 }`, `{ in: [42, 43] }`. */
export function valuesIn(condition: unknown): readonly unknown[] | undefined {
  if (!isObject(condition)) return condition === undefined || condition === null ? undefined : [condition];
  const [[name, value] = [], ...others] = Object.entries(condition).filter(([, one]) => one !== undefined);
  if (others.length > 0) return undefined;
  if (name === 'equals' && !isObject(value) && value !== null) return [value];
  return name === 'in' && Array.isArray(value) ? value : undefined;
}

/** Returns the members of an object; no members for other values. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) && !isScalar(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether an object is the value of a column, such as a date. To look at its members would take long. */
function isScalar(value: object): boolean {
  return value instanceof Date || ArrayBuffer.isView(value);
}
