// One process of a site that has several, driven over IPC: node remote-site.mjs '{"webRoot": …, "versionFile": …}'
// Every page contains the version of the data that it was rendered from: the number in the version file.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createServer } from 'node:http';
import { staticGenerator } from 'staticgenerator';
import { bodyOf } from '../page-body.mjs';

const { webRoot, versionFile, port = 0, user, bounds = {} } = JSON.parse(process.argv[2] ?? '{}');
if (user !== undefined) {
  process.setgroups([]);
  process.setgid(user.group);
  process.setuid(user.user);
}

const told = [];
const log = (level) => (fields, message) => {
  told.push({ level, message, reason: fields.reason, fault: fields.fault, path: fields.path });
};
const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
const pages = staticGenerator({ webRoot, urls: [/^\//], logger, ...bounds });

/** Returns the tags of a page: `all`, and a tag for the last digit of its path. */
const tagsOf = (path) => ['all', ...(/\d$/.test(path) ? [`ends-in-${path.at(-1)}`] : [])];
let renders = 0;

/** Opened in advance, for the time when no other file can be opened. */
const versionDescriptor = openSync(versionFile);

function readVersion() {
  try {
    return Number(readFileSync(versionFile, 'utf8'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
    const bytes = Buffer.alloc(32);
    return Number(bytes.toString('utf8', 0, readSync(versionDescriptor, bytes, 0, 32, 0)));
  }
}

/** Renders a page, as the application. */
async function render(request, response) {
  const path = request.url;
  const version = readVersion();
  const tags = tagsOf(path);
  pages.tag(...tags);
  // Takes some time, in which other things may happen.
  for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate);
  renders += 1;
  // nginx would not repeat this header, so only Node serves this page.
  if (path.includes('node-only')) response.setHeader('X-Render', String(renders));
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(bodyOf({ path, version, tags, render: `${process.pid}-${renders}` }, true));
}

const listener = (request, response) =>
  pages.middleware(request, response, () => {
    render(request, response).catch((error) => response.destroy(error));
  });
pages.attach(listener);
const server = createServer({ keepAliveTimeout: 60_000 }, listener);

const descriptors = [];
const commands = {
  delete: ({ targets }) => pages.quickDelete(...targets),
  publish: ({ targets }) => pages.quickPublish(...targets),
  /** Returns what was logged since the last call. */
  log: () => told.splice(0),
  /** Opens files until no file descriptor is left. */
  hog() {
    try {
      for (;;) descriptors.push(openSync(versionFile));
    } catch (error) {
      if (error.code !== 'EMFILE') throw error;
    }
    return descriptors.length;
  },
  unhog() {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  },
  async close() {
    server.close();
    server.closeAllConnections();
    await pages.close();
    process.disconnect();
  },
};

process.on('message', async ({ id, command, ...given }) => {
  try {
    process.send({ id, value: await commands[command](given) });
  } catch (error) {
    process.send?.({ id, error: { code: error.code, message: error.message, path: error.path } });
  }
});
server.listen(port, '127.0.0.1', () => process.send({ listening: server.address().port }));
