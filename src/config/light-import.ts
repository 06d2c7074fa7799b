import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The part of Node's hooks that is used; since Node 22.15. */
interface Hooks {
  registerHooks?(hooks: { readonly resolve: Resolve }): { deregister(): void };
}

type Resolve = (
  specifier: string,
  context: { readonly parentURL?: string },
  nextResolve: (specifier: string, context: object) => Resolved,
) => Resolved;

interface Resolved {
  readonly url: string;
}

const ENTRY = new URL('../index.js', import.meta.url).href;
const LIGHT = new URL('./exports.js', import.meta.url).href;

/** What only the whole package exports. */
const NEEDS_ALL = /\bstaticGenerator\b/;

/**
 * Imports a configuration file. `defineConfig`, imported from the package, would load the whole site with three hundred files, which
 * takes most of the time of a command that needs none of it. So here, where Node lets us, the file gets the same function from a module
 * with little else.
 */
export async function importConfig(file: string): Promise<object> {
  const url = pathToFileURL(file).href;
  const hooks = lightHooks(file);
  try {
    return await import(url);
  } finally {
    hooks?.deregister();
  }
}

function lightHooks(file: string): { deregister(): void } | undefined {
  const { registerHooks } = process.getBuiltinModule('node:module') as Hooks;
  if (registerHooks === undefined || !needsLittle(file)) return undefined;
  const config = pathToFileURL(realpathSync(file)).href;
  return registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const resolved = nextResolve(specifier, context);
      // Not for what the file imports, nor for another copy of the package.
      return context.parentURL === config && resolved.url === ENTRY ? { ...resolved, url: LIGHT } : resolved;
    },
  });
}

/** Node says itself what is wrong with a file that cannot be read. */
function needsLittle(file: string): boolean {
  try {
    return !NEEDS_ALL.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}
