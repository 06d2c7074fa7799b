import type { IncomingMessage } from 'node:http';
import type { DeleteReport } from '../../change/invalidate.js';
import type { Target } from '../../change/targets/target.js';
import { badRequest, MAX_NAMED } from './fields.js';
import type { NamedVerbs } from './routes.js';

/** Deletes what a PURGE names: pages by tags, by the beginning of a path, or the page of its own URL. */
export async function purgePages(
  pages: Pick<NamedVerbs, 'delete'>,
  request: IncomingMessage,
): Promise<DeleteReport> {
  const tags = String(request.headers.xkey ?? '').split(/[\s,]+/);
  const named = tags.filter((tag) => tag !== '').map((tag): Target => ({ tag }));
  if (named.length > MAX_NAMED) throw badRequest(`A PURGE names at most ${MAX_NAMED} tags in \`xkey\``);
  return await pages.delete(named.length > 0 ? named : targetsOf(request));
}

/**
 * Returns all pages under a beginning if the path ends in `*`, or in `.*` with the header that WordPress plugins send.
 */
function targetsOf(request: IncomingMessage): readonly Target[] | 'all' {
  const { host, 'x-purge-method': method = 'default' } = request.headers;
  const path = ownPath(request);
  if (method !== 'regex' && method !== 'default')
    throw badRequest('Expected `X-Purge-Method` to be `default` or `regex`');
  const [, beginning] = (method === 'regex' ? /^(.*)\.\*$/s : /^(.*)\*$/s).exec(path) ?? [];
  if (beginning !== undefined) return below(beginning);
  if (method === 'regex') throw badRequest('Expected a regex to be a path with `.*` at its end');
  return [host === undefined ? path : `http://${host}${path}`];
}

/** Returns the targets below a beginning. Allows only plain characters: others have a meaning in a pattern. */
function below(beginning: string): readonly Target[] | 'all' {
  if (beginning === '/' || beginning === '') return 'all';
  if (!/^(?:\/[\w~-]+)+\/?$/.test(beginning))
    throw badRequest('Expected the beginning of a path to have only letters, digits, `-`, `_` and `~`');
  return [`${beginning}{,*,*/**}`];
}

/** Returns the path that the client sent, wherever the API is mounted. The query is ignored. */
function ownPath(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const { originalUrl, url = '/' } = request;
  const target = typeof originalUrl === 'string' ? originalUrl : url;
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';
}
