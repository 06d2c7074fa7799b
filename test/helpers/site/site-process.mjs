// One process of a site that has several: run by tests with the built package, driven over IPC.
//   node site-process.mjs '{"webRoot": …, "database": …}'
// Without an argument it waits for the site: `open`, with the same fields, and `leave` for the next one.
// The page /value renders the number in the file `database`; `hold` makes its renders wait between the read and the
// answer until `release`. /login sets a cookie that is on no list of the site.
import { readFileSync } from 'node:fs';
import express from 'express';
import { staticGenerator } from 'staticgenerator';

const tell = (event, fields = {}) => process.send?.({ event, ...fields });
const log = (fields, message) => tell('log', { message, path: fields.path, reason: fields.reason });
const logger = { debug: log, info: log, warn: log, error: log };

let gate = Promise.resolve();
let release = () => {};
let site;

function open({ webRoot, database }) {
  const pages = staticGenerator({ webRoot, urls: [/^\//], logger });
  const app = express();
  app.use(pages.middleware);
  pages.attach(app);
  app.get('/value', async (_request, response) => {
    const value = readFileSync(database, 'utf8');
    pages.tag('value');
    tell('read', { value });
    await gate;
    response.send(`value ${value}`);
  });
  app.get('/other', (_request, response) => response.send('other'));
  app.get('/login', (_request, response) =>
    response.cookie('zebra', '1', { httpOnly: true }).send('welcome'),
  );
  const server = app.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));
  site = { pages, server };
}

async function close() {
  const { pages, server } = site;
  await pages.close();
  server.close();
  server.closeAllConnections();
}

process.on('message', async ({ command, targets, ...fields }) => {
  if (command === 'open') open(fields);
  else if (command === 'hold') {
    gate = new Promise((resolve) => {
      release = resolve;
    });
    tell('held');
  } else if (command === 'release') release();
  else if (command === 'publish') tell('published', { ...(await site.pages.quickPublish(...targets)) });
  else if (command === 'delete') tell('deleted', { ...(await site.pages.quickDelete(...targets)) });
  else if (command === 'leave') {
    await close();
    tell('left');
  } else if (command === 'close') {
    await close();
    process.disconnect();
  }
});

const given = JSON.parse(process.argv[2] ?? '{}');
if (given.webRoot !== undefined) open(given);
else process.on('disconnect', () => process.exit());
