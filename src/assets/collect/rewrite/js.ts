import { type Import, init, parse } from 'es-module-lexer';
import type { Reference, Scan } from './reference.js';

/** The comment is alone on its line, as engines and tools expect. */
const sourceMapLine = /^[ \t]*\/\/[#@][ \t]*sourceMappingURL=([^\s'"`]+)[ \t]*\r?$/gm;
const onlyComments = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*$/;

/** Prepares the scan of scripts. The first call takes a moment. */
export async function loadScriptScan(withImports: boolean): Promise<Scan> {
  if (!withImports) return scanSourceMap;
  await init();
  return (text) => [...scanImports(text), ...scanSourceMap(text)];
}

/**
 * Finds the source map that a script names: the last such line, if only comments follow it (ECMA-426 §11.1.2.1). In any
 * other place, the line could be part of a string.
 */
export function scanSourceMap(text: string): readonly Reference[] {
  const last = [...text.matchAll(sourceMapLine)].at(-1);
  const [line = '', url = ''] = last ?? [];
  if (last === undefined || !onlyComments.test(text.slice(last.index + line.length))) return [];
  const start = last.index + line.indexOf(url);
  return [{ start, end: start + url.length, url, kind: 'source-map', write: (next) => next }];
}

/** Finds the relative and absolute specifiers of a module. Throws an error like a SyntaxError if it is not a script. */
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

/** The lexer's range of a static import is within the quotes; that of a dynamic import includes them. */
function referenceOf({ start, end }: Import, url: string, text: string): Reference {
  const hasQuotes = /["'`]/.test(text.charAt(start));
  const inner = hasQuotes
    ? { start: start + 1, end: text.lastIndexOf(text.charAt(start), end) }
    : { start, end };
  const write = (next: string) => next.replace(/[\\'"`\n\r\u2028\u2029]/g, encodeURIComponent);
  return { ...inner, url, kind: 'link', write };
}
