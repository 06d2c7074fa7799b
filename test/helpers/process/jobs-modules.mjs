/**
 * Makes each job load the modules of its folder again. Node keeps a module by its URL until the process exits, so the
 * number of the job is added to the URLs. Modules of this project and of packages stay loaded.
 */
import * as nodeModule from 'node:module';

const project = new URL('../../../', import.meta.url).href;
const require = nodeModule.createRequire(import.meta.url);
/**
 * The number of the current job, shared with the thread that resolves modules. Zero if no module of the job's folder
 * has been loaded yet.
 */
let number = new Int32Array(new SharedArrayBuffer(4));
const folders = new Set();
let jobs = 0;

export function forgetModules(folder) {
  jobs += 1;
  if (jobs === 1) registerHook();
  Atomics.store(number, 0, folders.has(folder) ? jobs : 0);
  folders.add(folder);
  for (const file of Object.keys(require.cache)) if (isOfJob(`file://${file}`)) delete require.cache[file];
}

function registerHook() {
  const { registerHooks, register } = nodeModule;
  if (registerHooks === undefined) return register(import.meta.url, { data: number });
  registerHooks({ resolve: (specifier, context, next) => numbered(next(specifier, context), context) });
}

export function initialize(shared) {
  number = shared;
}

export async function resolve(specifier, context, next) {
  return numbered(await next(specifier, context), context);
}

function numbered(resolved, { conditions }) {
  const current = Atomics.load(number, 0);
  if (current === 0 || !isOfJob(resolved.url) || !conditions.includes('import')) return resolved;
  return { ...resolved, url: `${resolved.url}?job=${current}` };
}

function isOfJob(url) {
  return url.startsWith('file:') && !url.startsWith(project) && !url.includes('/node_modules/');
}
