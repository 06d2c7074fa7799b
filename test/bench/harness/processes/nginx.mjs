// Runs nginx with one worker on the server's core, for one configuration.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned, requiredTool, SERVER_CORE } from './tools.mjs';

const READY_MS = 10_000;
/** Enough for configurations that keep many files open. If the system allows fewer, nginx logs that and continues. */
const DESCRIPTORS = 65_536;

/** Returns a whole configuration. Its frame is the same for all, so that only the compared parts differ. */
export function wholeConfig(httpLevel) {
  return `worker_processes 1;
worker_rlimit_nofile ${DESCRIPTORS};
pcre_jit on;
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
${httpLevel}
}
`;
}

export async function startNginx(config, port) {
  const { nginx, brotliModule } = requiredTool('nginx');
  const prefix = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-nginx-'));
  chmodSync(prefix, 0o755);
  const areas = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = areas.map((area) => `${area}_temp_path ${join(prefix, area)};`).join(' ');
  const load = brotliModule === null ? '' : `load_module ${brotliModule};\n`;
  writeFileSync(join(prefix, 'nginx.conf'), load + config.replace('http {', `http { ${temporary}`));
  const directives = `daemon off; pid ${prefix}/nginx.pid; error_log ${prefix}/error.log; ${process.getuid() === 0 ? 'user root;' : ''}`;
  const command = [nginx, '-p', prefix, '-c', join(prefix, 'nginx.conf'), '-g', directives];
  const test = spawnSync(nginx, ['-t', ...command.slice(1)], { encoding: 'utf8' });
  if (test.status !== 0) throw new Error(`nginx refuses the configuration: ${test.stderr}`);
  const [program, ...words] = pinned(SERVER_CORE, command);
  const child = spawn(program, words, { stdio: 'ignore' });
  await accepting(port);
  return {
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}

/** Resolves when a process listens on the port. */
export async function accepting(port) {
  const end = performance.now() + READY_MS;
  while (!(await accepts(port))) {
    if (performance.now() > end) throw new Error(`Nothing listens on port ${port}`);
    await delay(20);
  }
}

async function accepts(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
