// Measures hits through nginx over TLS: the generated configuration against bare nginx with the exact file, with kernel
// TLS and without.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadHttp2 } from '../harness/load/http2-load.mjs';
import { inRounds } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import { askedBy, codingOf, headersFor } from '../harness/pages/pages.mjs';
import { startNginx, wholeConfig } from '../harness/processes/nginx.mjs';
import { ownConfig } from '../harness/processes/own-nginx.mjs';
import { freePort } from '../harness/processes/ports.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { toolOf } from '../harness/processes/tools.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { reportComparison } from '../harness/report/comparison.mjs';
import { Report } from '../harness/report/report.mjs';

const OWN = 'staticgenerator';
const REFERENCE = 'bare nginx, the exact file';
const KERNEL = ', kTLS';
const LEAST = 0.95;
/** The directive that makes nginx leave encryption to the kernel. */
const KERNEL_TLS = 'ssl_conf_command Options KTLS;';
const ASKED = [
  { size: '10k', as: 'bare', coding: 'identity' },
  { size: '10k', as: 'visitor', coding: 'br' },
  { size: '100k', as: 'bare', coding: 'identity' },
];
const PROTOCOLS = [
  { name: 'HTTP/1.1', load: undefined },
  { name: 'HTTP/2', load: loadHttp2 },
];

export async function run() {
  const folder = temporaryFolder();
  await whileRunning(async (keep) => {
    const report = new Report('tls', 'Hits through nginx over TLS');
    const subjects = await startAll(folder, keep, report);
    for (const protocol of PROTOCOLS)
      for (const asked of ASKED) await measure(asked, protocol, subjects, report);
    report.write();
  });
}

async function measure({ size, as, coding }, protocol, subjects, report) {
  const headers = headersFor(as, coding);
  const measured = subjects.map(({ name, port, pid, pathOf }) => ({
    ...{ name, pid, headers, load: protocol.load, url: `https://localhost:${port}${pathOf(size)}` },
  }));
  for (const subject of measured) checkAnswer(subject, codingOf(size, coding));
  const figures = await inRounds(measured);
  const heading = `${protocol.name}, a page of ${size}B, ${coding}, headers of ${askedBy[as]}`;
  const ratios = reportComparison(report, heading, figures, { reference: REFERENCE, own: OWN });
  report.goal(`${protocol.name}, ${size}B, ${coding}: ratio by CPU to bare nginx`, ratios.get(OWN), {
    least: LEAST,
  });
}

/** Uses curl, because Node's fetch does not accept our self-signed certificate. */
function checkAnswer({ name, url, headers }, coding) {
  const lines = Object.entries(headers).flatMap(([header, value]) => ['-H', `${header}: ${value}`]);
  const head = execFileSync('curl', ['-sk', '-o', '/dev/null', '-D', '-', ...lines, url], {
    encoding: 'utf8',
  });
  const got = /^content-encoding: (\S+)/im.exec(head)?.[1] ?? 'identity';
  const isHit = !name.startsWith(OWN) || /^cache-status: staticgenerator; hit/im.test(head);
  if (!/^HTTP\/[\d.]+ 200/.test(head) || !isHit || got !== coding)
    throw new Error(`${name} answers ${url} with ${head}`);
}

async function startAll(folder, keep, report) {
  const webRoot = join(folder, 'pages');
  const app = keep(await startScript('app.mjs', ['own', webRoot]));
  for (const { size } of ASKED) await makeHit(`http://localhost:${app.port}/page/${size}`);
  const tls = makeCertificate(folder);
  const make = async (isOwn, kernel) => {
    const port = await freePort();
    const config = isOwn ? ownText({ folder, webRoot, app, tls, port }) : bareText({ webRoot, tls, port });
    const { pid, stop } = keep(await startNginx(wholeConfig(`${kernel ? KERNEL_TLS : ''}\n${config}`), port));
    const pathOf = (size) => `/page/${size}${isOwn ? '' : '.page.html'}`;
    return { name: `${isOwn ? OWN : REFERENCE}${kernel ? KERNEL : ''}`, port, pid, stop, pathOf };
  };
  const without = [await make(true, false), await make(false, false)];
  const reason = whyNoKernelTls();
  if (reason === undefined) return [...without, await make(true, true), await make(false, true)];
  report.say(`Without the kernel's TLS (kTLS): ${reason}.`);
  return without;
}

function ownText({ folder, webRoot, app, tls, port }) {
  const options = `{ webRoot: ${JSON.stringify(webRoot)}, urls: [/^\\/(?:page|slow|refused|many)\\//], version: 'bench' }`;
  const words = ['--tls-cert', tls.certificate, '--tls-key', tls.key, '--no-redirect'];
  return ownConfig({ folder, options, upstream: app.port, port, words });
}

function bareText({ webRoot, tls, port }) {
  return `server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${tls.certificate};
    ssl_certificate_key ${tls.key};
    root ${webRoot};
    types { text/html html; }
    gzip_static on;
    ${toolOf('nginx').brotliModule === null ? '' : 'brotli_static on;'}
  }`;
}

function makeCertificate(folder) {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const words = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  execFileSync('openssl', [...words, '-subj', '/CN=localhost', '-out', certificate, '-keyout', key], {
    stdio: 'ignore',
  });
  return { certificate, key };
}

/** Returns why the kernel cannot encrypt, if so. nginx reports nothing in that case: it encrypts by itself. */
function whyNoKernelTls() {
  const build = execFileSync('sh', ['-c', '"$0" -V 2>&1', toolOf('nginx').nginx], { encoding: 'utf8' });
  const [, major, minor, patch] = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(build) ?? [];
  const version = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch);
  if (!(version >= 1_021_004)) return 'this nginx is older than 1.21.4 (`nginx -V`)';
  if (!/OpenSSL [3-9]/.test(build)) return 'this nginx was not built with OpenSSL 3 or newer (`nginx -V`)';
  const engines = readFileSync('/proc/sys/net/ipv4/tcp_available_ulp', 'utf8');
  return engines.split(/\s+/).includes('tls')
    ? undefined
    : 'this kernel has none (`cat /proc/sys/net/ipv4/tcp_available_ulp` does not say `tls`, and `modprobe tls` loads nothing)';
}
