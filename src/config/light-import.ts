import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The part of Node's hooks that is used; Node has it since 22.15. */
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

/** A name that only the whole package exports. */
const NEEDS_ALL = /\bstaticGenerator\b/;

/**
 * Imports a configuration file. If it imports `defineConfig` from the package, that would load the whole site: three
 * hundred files, which take most of the time of a command that needs none of them. So if Node has hooks, the file gets
 * the same function from a module that loads little else.
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
      // Only for imports of the file itself, and only if they resolve to this copy of the package.
      return context.parentURL === config && resolved.url === ENTRY ? { ...resolved, url: LIGHT } : resolved;
    },
  });
}

/** Whether a file needs only the light exports; `false` if it cannot be read, because Node itself reports that. */
function needsLittle(file: string): boolean {
  try {
    return !NEEDS_ALL.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}
