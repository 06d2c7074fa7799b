import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../temporary.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface InstalledPackage {
  /** The folder of an app that has the package installed. */
  readonly folder: string;
  /** The path of the package's command. */
  readonly binary: string;
}

/**
 * Copies the package into an app's folder as an installation would, with its dependencies and no optional peer.
 * `nativeless` names a package whose native code is missing, as after `npm install --ignore-scripts`.
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

/**
 * Copies the package. The modules that load native code are linked next to the copy, so that they look for it there.
 */
function copyWithoutNative(name: string, modules: string): void {
  const original = join(root, 'node_modules', name);
  const names = readdirSync(original).filter(
    (entry) => !['build', 'prebuilds', 'deps', 'src'].includes(entry),
  );
  for (const entry of names) cpSync(join(original, entry), join(modules, name, entry), { recursive: true });
  for (const loader of ['bindings', 'file-uri-to-path', 'node-addon-api'])
    if (readdirSync(join(root, 'node_modules')).includes(loader)) link(loader, modules);
}
