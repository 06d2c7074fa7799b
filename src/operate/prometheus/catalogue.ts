/** One metric, as it is described to Prometheus. No label has a path: there is a bounded number of series. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const metric = (name: string, help: string, ...labelNames: readonly string[]): MetricDescription => ({
  name: `staticgenerator_${name}`,
  help,
  labelNames,
});

/** What happens in this process, from the first call of `metrics()` on. */
export const counters = {
  hits: metric('hits_total', 'Pages that were sent without a render.', 'served_by'),
  misses: metric('misses_total', 'Visits to pages that had to be rendered.'),
  bypasses: metric('bypasses_total', 'Requests that no page may answer.', 'reason'),
  refusals: metric('refusals_total', 'Responses that did not become pages.', 'reason'),
  stored: metric('pages_stored_total', 'Pages that were stored.'),
  deleted: metric('pages_deleted_total', 'Pages that were deleted.', 'cause'),
  purges: metric('cdn_purges_total', 'What the CDN was told, and calls that it did not take.', 'result'),
  faults: metric('faults_total', 'Faults that were logged or, when repeated, counted.', 'kind'),
  unclear: metric('statements_not_understood_total', 'Statements that no adapter could read.', 'kind'),
  visits: metric('rule_visits_total', 'Visits by rule, where hits of nginx are counted.', 'rule', 'result'),
  sent: metric('nginx_sent_bytes_total', 'Bytes of pages that nginx sent.', 'rule'),
} as const;

export type CounterName = keyof typeof counters;

/** The time from the request to the end of the response, stored or not. */
export const renderDuration = {
  ...metric('render_duration_seconds', 'How long the app took to answer with what may become a page.'),
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/** What the ledger of this host knows: the same in every process. */
export const gauges = {
  pages: metric('pages', 'Pages that are stored.', 'served_by'),
  bytes: metric('stored_bytes', 'Bytes of the pages that are stored, not compressed.'),
  unapplied: metric('deletions_unapplied', 'Deletions in the log that are not finished.'),
  waiting: metric('cdn_purges_waiting', 'Purges that the CDN has not taken yet.'),
} as const;

/** A counter and its labels. */
export type Counted = readonly [name: CounterName, labels: Readonly<Record<string, string>>];

/** By what the code counts: `hit`, or `bypass:<reason>`. Undefined: it is no metric. */
export function counterOf(name: string): Counted | undefined {
  const [kind = '', detail = ''] = name.split(/:(.*)/s, 2);
  const counted: Readonly<Record<string, Counted>> = {
    hit: ['hits', { served_by: 'node' }],
    nginx: ['hits', { served_by: 'nginx' }],
    miss: ['misses', {}],
    stored: ['stored', {}],
    bypass: ['bypasses', { reason: detail }],
    refused: ['refusals', { reason: detail }],
    deleted: ['deleted', { cause: detail }],
    cdn: ['purges', { result: detail }],
    unclear: ['unclear', { kind: detail }],
    fault: ['faults', { kind: detail }],
  };
  return Object.hasOwn(counted, kind) ? counted[kind] : undefined;
}
