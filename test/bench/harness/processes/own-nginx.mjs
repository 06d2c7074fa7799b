// The configuration that the package generates, in an nginx.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNginx, wholeConfig } from './nginx.mjs';
import { freePort } from './ports.mjs';
import { toolOf } from './tools.mjs';

const PROGRAM = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));

/**
 * Starts it before an app on a port. `options` is what the app's own options are, as source text; `folder` takes the
 * configuration file, and the command is told more `words`.
 */
export async function startOwnNginx({ folder, options, upstream, words }) {
  const port = await freePort();
  const generated = ownConfig({ folder, options, upstream, port, words });
  return { port, ...(await startNginx(wholeConfig(generated), port)) };
}

/** What the command prints, told more `words`; `program` is that of another checkout, where it is not this one's. */
export function ownConfig({ folder, options, upstream, port, program = PROGRAM, words: more = [] }) {
  const configFile = join(folder, 'staticgenerator.config.mjs');
  writeFileSync(configFile, `export default ${options};\n`);
  const words = [
    ...['--config', configFile, 'nginx', '--listen', `127.0.0.1:${port}`, '--server-name', 'localhost'],
    ...['--upstream', `127.0.0.1:${upstream}`],
    ...(toolOf('nginx').brotliModule === null ? [] : ['--brotli']),
    ...more,
  ];
  return execFileSync(process.execPath, [program, ...words], { encoding: 'utf8' });
}

/** An nginx with the same files and nothing else: what no mapping of URLs, no gate and no header costs. */
export async function startBareNginx(webRoot) {
  const port = await freePort();
  const config = `server {
    listen 127.0.0.1:${port};
    root ${webRoot};
    types { text/html html; }
    gzip_static on;
    ${toolOf('nginx').brotliModule === null ? '' : 'brotli_static on;'}
  }`;
  return { port, ...(await startNginx(wholeConfig(config), port)) };
}

/** An nginx that hands everything to an app, over connections that it keeps, as the generated one does. */
export async function startProxyNginx(upstream) {
  const port = await freePort();
  const config = `upstream app { server 127.0.0.1:${upstream}; keepalive 32; keepalive_timeout 4s; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }`;
  return { port, ...(await startNginx(wholeConfig(config), port)) };
}
