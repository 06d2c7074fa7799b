import type { OptionReader } from '../option-reader.js';
import type { Cluster } from './bus.js';

/** Reads the option `cluster`. Returns `undefined` if the site has one host. */
export function readCluster(read: OptionReader): Cluster | undefined {
  const value = read.raw('cluster');
  if (value === undefined || isCluster(value)) return value;
  return read.refuse(
    'cluster',
    "what redis({ url }) of 'staticgenerator/redis' or postgresBus(pool) of 'staticgenerator/postgres' returns",
    value,
  );
}

function isCluster(value: unknown): value is Cluster {
  if (typeof value !== 'object' || value === null) return false;
  return 'connect' in value && typeof value.connect === 'function' && 'termMilliseconds' in value;
}
