import { compileSelector, type Selector } from '../page/selector.js';

/** An entry of the shared log: what is out of date, and which host reported it. */
export interface Entry {
  readonly from: string;
  readonly selector: Selector;
}

export function writeEntry({ from, selector }: Entry): string {
  return JSON.stringify({ from, selector });
}

/** Reads an entry. An unreadable one comes from another release or another program: it is read as "all pages". */
export function readEntry(text: string): Entry {
  try {
    const written: unknown = JSON.parse(text);
    if (isEntry(written)) return written;
  } catch {
    // Handled below.
  }
  return { from: '', selector: { kind: 'all' } };
}

function isEntry(written: unknown): written is Entry {
  const { from, selector } = recordOf(written);
  return typeof from === 'string' && isSelector(recordOf(selector));
}

function isSelector({ kind, value, host }: Readonly<Record<string, unknown>>): boolean {
  if (kind === 'all') return true;
  if (typeof value !== 'string') return false;
  if (kind === 'glob') return isGlob(value);
  return kind === 'tag' || (kind === 'path' && (host === undefined || typeof host === 'string'));
}

function isGlob(value: string): boolean {
  try {
    compileSelector({ kind: 'glob', value });
    return true;
  } catch {
    return false;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
