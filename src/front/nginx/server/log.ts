import type { Front } from '../../front.js';
import { comment, directive, own, type Statement, variables } from '../directives.js';

const COMBINED =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

/** The format of the log, at the http level. */
export function logFormat({ accessLog }: Pick<Front, 'accessLog'>): readonly Statement[] {
  if (accessLog === undefined || accessLog === 'off') return [];
  const format = `${COMBINED} "$sent_http_cache_status" $request_time "$upstream_addr"`;
  return [
    comment(
      'The log format: `combined`, then Cache-Status, the seconds, and the address of the app; "-" means a file.',
    ),
    directive('log_format', own('staticgenerator_log'), variables(format)),
  ];
}

/**
 * If hits are reported, `off` is not written, because it would stop the reports. They already replace the logs of the
 * http level.
 */
export function accessLog({
  accessLog: file,
  hits,
}: Pick<Front, 'accessLog' | 'hits'>): readonly Statement[] {
  if (file === undefined || (file === 'off' && hits !== undefined)) return [];
  return [directive('access_log', file, ...(file === 'off' ? [] : [own('staticgenerator_log')]))];
}
