/**
 * Has each job load the modules of its folder anew: Node keeps a module by its URL for as long as the process lives, so
 * their URLs get the number of the job. Those of this project, and of packages, stay loaded.
 */
import * as nodeModule from 'node:module';

const project = new URL('../../../', import.meta.url).href;
const require = nodeModule.createRequire(import.meta.url);
/** Shared with the thread that resolves modules. Zero: the folder of the job has no module that is loaded yet. */
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
