/**
 * Loaded before the tests of @fastify/send, a port of those of send: what they take for their module answers with our
 * middleware. It translates options, as far as there are ones of ours that mean the same.
 */
const { mkdtempSync, rmSync, statSync } = require('node:fs');
const { createServer, request: sendRequest } = require('node:http');
const Module = require('node:module');
const { tmpdir } = require('node:os');
const { join, sep } = require('node:path');
const { assets } = require('staticgenerator/assets');

const TESTS = `${sep}@fastify${sep}send${sep}test${sep}`;
/** By which the tests call for what they test. */
const MODULES = ['..', '../lib/send'];
const NOT_OURS = 404;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Ages of the tests that are texts. */
const AGES_MS = { '30d': 30 * DAY_MS };
const OF_THE_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding'];

const load = Module._load;
Module._load = (name, parent, ...rest) =>
  MODULES.includes(name) && parent?.filename?.includes(TESTS) ? sendModule : load(name, parent, ...rest);

/** What the module of the tests does: it says how a path is answered. */
async function send(request, path, options = {}) {
  const port = await serverFor(options);
  const { method, headers } = request;
  return await new Promise((resolve, reject) => {
    const target = path.replace(/^(?!\/)/, '/').replace(/[^\x21-\x7e]+/g, encodeURIComponent);
    const asked = sendRequest({ port, host: '127.0.0.1', path: target, method, headers, agent: false });
    asked.on('error', reject).on('response', (response) => resolve(answerOf(response)));
    asked.end();
  });
}

function answerOf(response) {
  const headers = { ...response.headers };
  for (const name of OF_THE_CONNECTION) delete headers[name];
  return { statusCode: response.statusCode, headers, stream: response };
}

const sendModule = Object.assign(send, { send, default: send });

const servers = new Map();
const collected = new Map();

/** One for all requests with the same options: assets are found when it starts. */
function serverFor(options) {
  const key = JSON.stringify(options, (_, value) => (value === Infinity ? 'Infinity' : value));
  if (!servers.has(key)) servers.set(key, startServer(options));
  return servers.get(key);
}

async function startServer(options) {
  const { dirs, root } = await collect(options.root);
  const { middleware } = assets({
    dirs,
    root,
    url: '/',
    mode: 'production',
    logger: false,
    ...ours(options),
  });
  const server = createServer((request, response) =>
    middleware(request, response, () => response.writeHead(NOT_OURS, { 'Content-Length': 0 }).end()),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return server.address().port;
}

/** Without a root, the tests name files anywhere. We have none of those. */
function collect(folder) {
  if (!collected.has(folder)) collected.set(folder, collectFrom(folder));
  return collected.get(folder);
}

async function collectFrom(folder) {
  const temporary = mkdtempSync(join(tmpdir(), 'staticgenerator-send-'));
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const root = join(temporary, 'collected');
  const isFolder =
    folder !== undefined && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  const dirs = isFolder ? [folder] : [];
  await assets({ dirs, root, mode: 'development', logger: false }).collect();
  return { dirs, root };
}

function ours({ index = 'index.html', maxAge = 0, immutable }) {
  const ageMs = AGES_MS[maxAge] ?? maxAge;
  return {
    index: Array.isArray(index) ? (index[0] ?? false) : index,
    maxAgeSeconds: Math.min(Math.floor(ageMs / 1000), Number.MAX_SAFE_INTEGER),
    ...(immutable === true ? { immutable: /./ } : {}),
  };
}
