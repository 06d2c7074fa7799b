// Runs one of several hosts, in a process of its own. hosts.js starts it.
import { startHost } from './host.js';
import { findNginx } from './nginx.js';

const { PORT, NGINX_PORT } = process.env;
const { front, stop } = await startHost({
  program: NGINX_PORT ? findNginx() : undefined,
  appPort: Number(PORT),
  nginxPort: Number(NGINX_PORT),
});
// The process that started this one is gone.
process.once('disconnect', async () => {
  await stop();
  process.exit();
});
process.channel?.unref();
process.send?.({ nginx: front?.pid });
