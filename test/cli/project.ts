import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../helpers/temporary.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Makes a folder in which `staticgenerator` and `express` can be imported. */
export async function projectFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/staticgenerator'));
  await symlink(join(root, 'node_modules/express'), join(folder, 'node_modules/express'));
  return folder;
}

/**
 * Makes a project as a user has it: a configuration that names the app, and an app with its own instance. `routes` is
 * the rest of the app's module.
 */
export async function appProject({
  urls,
  routes,
}: {
  readonly urls: RegExp;
  readonly routes: string;
}): Promise<string> {
  const folder = await projectFolder();
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `export default { webRoot: ${JSON.stringify(join(folder, 'www'))}, urls: [${urls}], app: () => import('./app.mjs') };`,
  );
  await writeFile(
    join(folder, 'app.mjs'),
    `import express from 'express';
     import { staticGenerator } from 'staticgenerator';
     import config from './staticgenerator.config.mjs';
     export const pages = staticGenerator({ ...config, logger: false });
     const app = express();
     export default app;
     app.use(pages.middleware);
     ${routes}`,
  );
  return folder;
}
