import express from 'express';
import { createClient } from 'redis';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.js';

const { HOST, PORT, REDIS_URL } = process.env;

// The data that both hosts render. A command fails at once while Valkey cannot be reached, so that no visitor waits for
// it.
const store = createClient({ url: REDIS_URL, disableOfflineQueue: true });
store.on('error', (error) => console.error(`Valkey: ${error.message}`));
await store.connect();

const pages = staticGenerator(options);
const app = express();
app.set('trust proxy', 'uniquelocal'); // nginx is another container
app.use(pages.middleware);
pages.attach(app);

// For health checks: shows that this process answers. It checks neither Valkey nor the term.
app.get('/healthz', (_request, response) => {
  response.set('Cache-Control', 'no-store').send('ok');
});

app.get('/notes.txt', async (_request, response) => {
  const notes = await store.lRange('notes', 0, -1);
  const lines = [`Rendered by ${HOST} at ${new Date().toISOString()}`, ...notes.map((note) => `- ${note}`)];
  response.type('text').send(`${lines.join('\n')}\n`);
});

app.post('/notes', express.urlencoded(), async (request, response) => {
  await store.rPush('notes', String(request.body?.text ?? ''));
  await pages.quickDelete('/notes.txt'); // on all hosts, before this response
  response.type('text').send(`Saved by ${HOST}\n`);
});

const server = app.listen(Number(PORT));

process.once('SIGTERM', async () => {
  server.close();
  await pages.close(); // takes this host off the register: no deletion waits for it
  store.destroy();
});
