import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a self-signed certificate and its key, for a server that speaks TLS. */
export function certificateOf(name: string): { readonly cert: Buffer; readonly key: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  try {
    const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout key.pem -out cert.pem`;
    const { status, stderr } = spawnSync('openssl', words.split(' '), { cwd: folder });
    if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
    return { cert: readFileSync(join(folder, 'cert.pem')), key: readFileSync(join(folder, 'key.pem')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
