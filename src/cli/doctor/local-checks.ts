import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateWebRoot } from '../../store/web-root.js';
import { type Finding, failure, ok, warning } from './finding.js';

/** Checks what needs no request to a server. WEB_ROOT must exist and be ours. */
export function checkFolders(webRootPath: string): readonly Finding[] {
  return [checkReadable(webRootPath), checkCase(webRootPath)];
}

/** Checks that every user can enter each folder down to WEB_ROOT, because the server in front runs as another user. */
function checkReadable(webRootPath: string): Finding {
  const closed = ancestors(webRootPath).find((folder) => (statSync(folder).mode & 0o001) === 0);
  if (closed === undefined) return ok('permissions', `every user can reach ${webRootPath}`);
  return warning(
    'permissions',
    `other users cannot enter ${closed}, so a server that runs as another user cannot read the pages`,
    `chmod o+x ${closed}, or keep WEB_ROOT elsewhere`,
  );
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

/** Checks case: without case-sensitive names, two URLs that differ only in case would share a file. */
function checkCase(webRootPath: string): Finding {
  const { temporaryFolder } = locateWebRoot(webRootPath);
  const name = `doctor-${randomBytes(8).toString('hex')}.tmp`;
  writeFileSync(join(temporaryFolder, name), '', { flag: 'wx' });
  try {
    if (!existsSync(join(temporaryFolder, name.toUpperCase())))
      return ok('case', 'the file system is case-sensitive');
    return failure(
      'case',
      'the file system ignores case, so pages whose URLs differ only in case would be mixed up',
      'keep WEB_ROOT on a case-sensitive file system; use this one only for development',
    );
  } finally {
    rmSync(join(temporaryFolder, name));
  }
}
