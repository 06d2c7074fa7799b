import { readFileSync } from 'node:fs';

/** Returns the versions that the bytes of collected files depend on: compressors of other releases make other bytes. */
export function collectMaker(): string {
  const { zlib, brotli, zstd = '' } = process.versions;
  return [ownVersion(), zlib, brotli, zstd].join(' ');
}

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}
