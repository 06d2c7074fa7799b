import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isOnPath, npm, run } from './command.mjs';
import { hasApt, isMac, rightsOfRoot } from './machine.mjs';
import { giveUp, say } from './messages.mjs';

export function buildSqlite() {
  if (loadSqlite().ok) return;
  say('getting the native part of better-sqlite3 (if it has to be compiled, this takes a minute or two)');
  const built = rebuildSqlite();
  if (built.ok && loadSqlite().ok) return;
  // There is no prebuilt binary, or it needs a newer C library than this machine has.
  provideCompiler();
  const compiled = rebuildSqlite({ npm_config_build_from_source: 'true' });
  if (!compiled.ok) giveUp('better-sqlite3 could not be compiled', compiled);
  const loaded = loadSqlite();
  if (!loaded.ok) giveUp('better-sqlite3 was compiled but does not load', loaded);
}

/** Loads it in another process: a binary for another Node or C library may crash the process that loads it. */
function loadSqlite() {
  return run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"]);
}

function rebuildSqlite(environment = {}) {
  // If this Node came with its headers, node-gyp need not download them.
  const nodeFolder = dirname(dirname(fs.realpathSync(process.execPath)));
  const hasHeaders = fs.existsSync(join(nodeFolder, 'include/node/node.h'));
  const headers = hasHeaders ? { npm_config_nodedir: nodeFolder } : {};
  return npm(['rebuild', 'better-sqlite3', '--ignore-scripts=false'], { ...headers, ...environment });
}

function provideCompiler() {
  if (isMac) {
    if (!run('xcode-select', ['-p']).ok)
      giveUp('no compiler; run xcode-select --install, then run this again');
    return;
  }
  const missing = ['python3', 'make', 'g++'].filter((tool) => !isOnPath(tool));
  if (missing.length === 0) return;
  const asRoot = rightsOfRoot();
  if (!hasApt || asRoot === undefined)
    giveUp(`a compiler is needed; install ${missing.join(', ')}, then run this again`);
  say(`installing ${missing.join(', ')} with apt-get, to compile better-sqlite3`);
  const [command, ...first] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  run(command, [...first, 'update']);
  const installed = run(command, [...first, 'install', '-y', '--no-install-recommends', ...missing]);
  if (!installed.ok) giveUp('the compiler could not be installed', installed);
}
