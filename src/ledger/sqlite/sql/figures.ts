import type { NginxSeen, PageHits, RuleVisits } from '../../../metrics.js';
import type { Preparer } from './query.js';

export interface RefusalRow {
  readonly host: string;
  readonly path: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly at: number;
}

export type RuleVisitsRow = RuleVisits & { readonly rule: string };

/** The statements that collect figures, and show them. */
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

/** The statements for what visitors of pages got, by rule and by page. */
export function prepareVisits(sql: Preparer) {
  return {
    addRuleVisits: sql.query<RuleVisitsRow>(
      `INSERT INTO rule_visits (rule, nginx, node, misses, bytes) VALUES (@rule, @nginx, @node, @misses, @bytes)
       ON CONFLICT (rule) DO UPDATE SET nginx = nginx + excluded.nginx, node = node + excluded.node,
         misses = misses + excluded.misses, bytes = bytes + excluded.bytes`,
    ),
    trimRuleVisits: sql.query<{ kept: number }>(
      `DELETE FROM rule_visits WHERE rule NOT IN
         (SELECT rule FROM rule_visits ORDER BY nginx + node + misses DESC LIMIT @kept)`,
    ),
    ruleVisits: sql.read<RuleVisitsRow>(
      'SELECT rule, nginx, node, misses, bytes FROM rule_visits ORDER BY nginx + node + misses DESC, rule',
    ),
    addPageHits: sql.query<PageHits>(
      `INSERT INTO page_hits (host, path, hits) VALUES (@host, @path, @hits)
       ON CONFLICT (host, path) DO UPDATE SET hits = hits + excluded.hits`,
    ),
    countPageHits: sql.number('SELECT count(*) FROM page_hits'),
    trimPageHits: sql.query<{ kept: number }>(
      // This looks up the rows to delete. `NOT IN` would search the rows to keep, for each row.
      `DELETE FROM page_hits WHERE (host, path) IN (SELECT host, path FROM page_hits
         ORDER BY hits LIMIT max(0, (SELECT count(*) FROM page_hits) - @kept))`,
    ),
    pageHits: sql.query<{ limit: number }, PageHits>(
      'SELECT host, path, hits FROM page_hits ORDER BY hits DESC, host, path LIMIT @limit',
    ),
  };
}
