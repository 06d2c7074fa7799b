import { Parser } from 'htmlparser2';
import { loadScriptScan } from '../../assets/collect/rewrite/js.js';

/**
 * Returns the modules that a script imports by a path, in the grammar of modules
 * (https://tc39.es/ecma262/#prod-ModuleItem). Leaves out names without a path, which an import map resolves. A text
 * that cannot be read as a script loads nothing.
 */
export async function linksOfScript(script: string): Promise<readonly string[]> {
  if (!/\bimport\b|\bexport\b/.test(script)) return [];
  const scan = await loadScriptScan(true);
  try {
    return scan(script).flatMap(({ kind, url }) => (kind === 'link' ? [url] : []));
  } catch {
    return [];
  }
}

/** Returns what the scripts within a page load: their imports, and the addresses in an import map. */
export async function linksOfInlineScripts(html: string): Promise<readonly string[]> {
  if (!/importmap|module/i.test(html)) return [];
  const scripts: { readonly type: string; text: string }[] = [];
  let inScript = false;
  const parser = new Parser({
    onopentag: (element, { type = '' }) => {
      inScript = element === 'script';
      if (inScript) scripts.push({ type: type.trim().toLowerCase(), text: '' });
    },
    ontext: (text) => {
      const script = scripts.at(-1);
      if (inScript && script !== undefined) script.text += text;
    },
    onclosetag: () => {
      inScript = false;
    },
  });
  parser.end(html);
  const links = scripts.map(({ type, text }) => {
    if (type === 'importmap') return addressesOf(text);
    return type === 'module' ? linksOfScript(text) : [];
  });
  return (await Promise.all(links)).flat();
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#import-maps; an address with a final slash is a prefix. */
function addressesOf(json: string): readonly string[] {
  const found: string[] = [];
  try {
    JSON.parse(json, (_name, value: unknown) => {
      if (typeof value === 'string' && /^\.{0,2}\/.*[^/]$/.test(value)) found.push(value);
      return value;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return found;
}
