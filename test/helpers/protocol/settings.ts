/** Whether the long tests are asked for: `npm run test:long`. */
export const isLong = process.env.STATICGENERATOR_LONG === '1';

/** A number from the environment. */
export function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value)) throw new Error(`Expected ${name} to be a whole number`);
  return value;
}
