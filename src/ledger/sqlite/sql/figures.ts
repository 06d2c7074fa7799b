import type { NginxSeen } from '../../../metrics.js';
import type { Preparer } from './query.js';

export interface RefusalRow {
  readonly host: string;
  readonly path: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly at: number;
}

/** What collects figures, and shows them. */
export function prepareFigures(sql: Preparer) {
  return {
    addToCounter: sql.query<{ name: string; by: number }>(
      `INSERT INTO counters (name, value) VALUES (@name, @by)
       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
    ),
    counters: sql.read<{ name: string; value: number }>('SELECT name, value FROM counters ORDER BY name'),
    addRefusal: sql.query<RefusalRow>(
      'INSERT INTO refusals (host, path, reason, detail, at) VALUES (@host, @path, @reason, @detail, @at)',
    ),
    trimRefusals: sql.query<{ kept: number }>(
      'DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - @kept',
    ),
    refusal: sql.query<{ host: string; path: string }, RefusalRow>(
      'SELECT host, path, reason, detail, at FROM refusals WHERE host = @host AND path = @path',
    ),
    refusals: sql.query<{ reason: string; limit: number }, RefusalRow>(
      'SELECT host, path, reason, detail, at FROM refusals WHERE reason = @reason ORDER BY id DESC LIMIT @limit',
    ),
    forgetNginx: sql.query<{ fingerprint: string; unvouched: string }>(
      'DELETE FROM nginx WHERE (fingerprint = @unvouched) = (@fingerprint = @unvouched)',
    ),
    addNginx: sql.query<NginxSeen>('INSERT INTO nginx (fingerprint, at) VALUES (@fingerprint, @at)'),
    nginx: sql.read<NginxSeen>('SELECT fingerprint, at FROM nginx ORDER BY at DESC'),
  };
}
