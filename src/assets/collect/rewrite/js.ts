import { type Import, init, parse } from 'es-module-lexer';
import type { Reference, Scan } from './reference.js';

/** Alone on its line, as engines and tools expect it. */
const sourceMapLine = /^[ \t]*\/\/[#@][ \t]*sourceMappingURL=([^\s'"`]+)[ \t]*\r?$/gm;
const onlyComments = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*$/;

/** Makes the scan of scripts ready, which needs a moment at first. */
export async function loadScriptScan(withImports: boolean): Promise<Scan> {
  if (!withImports) return scanSourceMap;
  await init();
  return (text) => [...scanImports(text), ...scanSourceMap(text)];
}

/**
 * Finds the source map that a script names: the last such line, if nothing but comments follows (ECMA-426 §11.1.2.1),
 * since elsewhere it would be part of a text.
 */
export function scanSourceMap(text: string): readonly Reference[] {
  const last = [...text.matchAll(sourceMapLine)].at(-1);
  const [line = '', url = ''] = last ?? [];
  if (last === undefined || !onlyComments.test(text.slice(last.index + line.length))) return [];
  const start = last.index + line.indexOf(url);
  return [{ start, end: start + url.length, url, kind: 'source-map', write: (next) => next }];
}

/** Finds the relative and absolute specifiers of a module. Throws a SyntaxError-like error for what is no script. */
function scanImports(text: string): readonly Reference[] {
  const [imports] = parse(text);
  return imports.flatMap((one) => {
    const url = specifierOf(one);
    return url === undefined || !/^\.{0,2}\//.test(url) ? [] : [referenceOf(one, url, text)];
  });
}

function specifierOf(one: Import): string | undefined {
  if (one.type === 'import-meta') return undefined;
  return one.type === 'dynamic' && one.glob ? undefined : one.specifier;
}

/** The range of a static import is within its quotes, that of a dynamic one around them. */
function referenceOf({ start, end }: Import, url: string, text: string): Reference {
  const hasQuotes = /["'`]/.test(text.charAt(start));
  const inner = hasQuotes
    ? { start: start + 1, end: text.lastIndexOf(text.charAt(start), end) }
    : { start, end };
  const write = (next: string) => next.replace(/[\\'"`\n\r\u2028\u2029]/g, encodeURIComponent);
  return { ...inner, url, kind: 'link', write };
}
