import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../temporary.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface InstalledPackage {
  /** The folder of an app that has the package. */
  readonly folder: string;
  /** Its command. */
  readonly binary: string;
}

/**
 * The package in an app's folder as an installation leaves it, with its dependencies and no optional peer. `nativeless`: a package with
 * native code that is there without it, as after `npm install --ignore-scripts`.
 */
export async function installedPackage({
  nativeless,
}: {
  readonly nativeless?: string;
} = {}): Promise<InstalledPackage> {
  const folder = await temporaryFolder();
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'staticgenerator');
  for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(own, name), { recursive: true });
  const { dependencies } = await import(join(root, 'package.json'), { with: { type: 'json' } }).then(
    (module: { default: { dependencies: Record<string, string> } }) => module.default,
  );
  for (const name of Object.keys(dependencies)) link(name, modules);
  if (nativeless !== undefined) copyWithoutNative(nativeless, modules);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return { folder, binary: join(own, 'dist/cli/main.js') };
}

function link(name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), join(modules, name));
}

/** What finds and loads native code has to look for it beside the copy. */
function copyWithoutNative(name: string, modules: string): void {
  const original = join(root, 'node_modules', name);
  const names = readdirSync(original).filter(
    (entry) => !['build', 'prebuilds', 'deps', 'src'].includes(entry),
  );
  for (const entry of names) cpSync(join(original, entry), join(modules, name, entry), { recursive: true });
  for (const loader of ['bindings', 'file-uri-to-path', 'node-addon-api'])
    if (readdirSync(join(root, 'node_modules')).includes(loader)) link(loader, modules);
}
