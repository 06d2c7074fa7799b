// The bus that the hosts of a benchmark share, in any engine.
import pg from 'pg';
import { postgresBus } from '../../../../dist/cluster/postgres/index.js';
import { redis } from '../../../../dist/cluster/redis/index.js';

const THIS_FILE = JSON.stringify(import.meta.url);

/** Returns the option `cluster`. `settings` come from an engine, and can be sent to another process. */
export function clusterOf({ kind, address, ...options }) {
  if (kind === 'redis') return redis({ url: address, ...options });
  return postgresBus(new pg.Pool(address), options);
}

/** Returns the same option as source text, for a configuration file. */
export function clusterSource(settings) {
  return `(await import(${THIS_FILE})).clusterOf(${JSON.stringify(settings)})`;
}

/** Returns the options that a host of a site with `cluster` adds, and a promise that resolves when it serves pages. */
export function sharing(settings) {
  const { logger, serving } = watchServing();
  return { options: { cluster: clusterOf(settings), logger }, serving };
}

/** Returns a logger, and a promise that resolves when a host with this logger serves pages for the first time. */
export function watchServing() {
  let begin = () => {};
  const serving = new Promise((resolve) => {
    begin = resolve;
  });
  const watched = { endedTerms: 0, serving, logger: undefined };
  const told = (_fields, message) => {
    if (message === 'this host serves pages') begin();
    if (message.startsWith('this host serves no pages')) watched.endedTerms += 1;
  };
  watched.logger = { debug: told, info: told, warn: told, error: told };
  return watched;
}
