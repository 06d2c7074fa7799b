// A load on one URL of this machine for a limited time.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LOAD_CORE, pinned, requiredTool } from '../processes/tools.mjs';

const execute = promisify(execFile);
const CONNECTIONS = 32;
const MANY_PATHS = fileURLToPath(new URL('paths.lua', import.meta.url));

/**
 * Requests one URL again and again for some seconds. Returns how many responses came, and how many had no success
 * status. With `paths`, the arguments of paths.lua, every request is for another path.
 */
export async function load(url, { seconds, headers = {}, connections = CONNECTIONS, paths }) {
  const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const script = paths === undefined ? [] : ['-s', MANY_PATHS];
  const end = paths === undefined ? [url] : [url, '--', ...paths];
  const command = [requiredTool('wrk').wrk, '-t1', `-c${connections}`, `-d${seconds}s`, ...script, ...lines];
  const [program, ...words] = pinned(LOAD_CORE, [...command, ...end]);
  const { stdout } = await execute(program, words);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  if (requests === 0) throw new Error(`No answer from ${url}: ${stdout}`);
  return { requests, failed, perSecond: requests / seconds };
}
