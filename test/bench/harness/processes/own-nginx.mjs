// Runs nginx with the configuration that the package generates.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNginx, wholeConfig } from './nginx.mjs';
import { freePort } from './ports.mjs';
import { toolOf } from './tools.mjs';

const PROGRAM = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));

/**
 * Starts nginx in front of an app on a port. `options` is the source text of the app's own options. The configuration
 * file is written to `folder`, and the command gets `words` as additional arguments.
 */
export async function startOwnNginx({ folder, options, upstream, words }) {
  const port = await freePort();
  const generated = ownConfig({ folder, options, upstream, port, words });
  return { port, ...(await startNginx(wholeConfig(generated), port)) };
}

/**
 * Returns what the command prints with `words` as additional arguments. `program` is the command of another checkout.
 * Default: the command of this one.
 */
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

/** Starts an nginx that only serves the same files. It shows the cost without a mapping of URLs, a gate and headers. */
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

/**
 * Starts an nginx that passes everything to an app, over persistent connections as the generated configuration does.
 */
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
