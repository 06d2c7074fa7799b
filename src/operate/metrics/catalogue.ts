/** One metric, for Prometheus and for OpenTelemetry. No label contains a path, so the number of series is bounded. */
export interface MetricDescription {
  /** Words with dots between them, as in OpenTelemetry, without the prefix and suffix that each system adds. */
  readonly name: string;
  readonly help: string;
  /** The unit in UCUM: `s`, `By`, or in braces what is counted. */
  readonly unit: string;
  readonly labelNames: readonly string[];
}

const NAMESPACE = 'staticgenerator';

function metric(
  name: string,
  unit: string,
  help: string,
  ...labelNames: readonly string[]
): MetricDescription {
  return { name, unit, help, labelNames };
}

/** What happens in this process, counted from the first call of `metrics()`. */
export const counters = {
  hits: metric('hits', '{hit}', 'Pages that were sent without a render.', 'served_by'),
  misses: metric('misses', '{visit}', 'Visits to pages that had to be rendered.'),
  bypasses: metric('bypasses', '{request}', 'Requests that no page may answer.', 'reason'),
  refusals: metric('refusals', '{response}', 'Responses that did not become pages.', 'reason'),
  stored: metric('pages.stored', '{page}', 'Pages that were stored.'),
  deleted: metric('pages.deleted', '{page}', 'Pages that were deleted.', 'cause'),
  purges: metric(
    'cdn.purges',
    '{purge}',
    'What was purged at the CDN, and calls that it did not accept.',
    'result',
  ),
  faults: metric('faults', '{fault}', 'Faults that were logged or, when repeated, counted.', 'kind'),
  unclear: metric(
    'statements.not_understood',
    '{statement}',
    'Statements that no adapter could read.',
    'kind',
  ),
  visits: metric(
    'rule.visits',
    '{visit}',
    'Visits by rule, where hits of nginx are counted.',
    'rule',
    'result',
  ),
  sent: metric('nginx.sent', 'By', 'Bytes of pages that nginx sent.', 'rule'),
} as const;

export type CounterName = keyof typeof counters;

/** The time from the request to the end of the response, stored or not. */
export const renderDuration = {
  ...metric('render.duration', 's', 'How long the app took to send responses that may become pages.'),
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

/** What the ledger of this host knows: the same in every process. */
export const gauges = {
  pages: metric('pages', '{page}', 'Pages that are stored.', 'served_by'),
  bytes: metric('stored', 'By', 'Bytes of the pages that are stored, not compressed.'),
  unapplied: metric('deletions.unapplied', '{deletion}', 'Deletions in the log that are not finished.'),
  waiting: metric('cdn.purges.waiting', '{purge}', 'Purges that the CDN has not taken yet.'),
} as const;

export type GaugeName = keyof typeof gauges;

/** Returns the name for Prometheus: with `_seconds` or `_bytes`, and with `_total` at the end of a counter. */
export function prometheusName({ name, unit }: MetricDescription, isCounter = false): string {
  const units: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes' };
  const total = isCounter ? '_total' : '';
  return `${NAMESPACE}_${name.replaceAll('.', '_')}${units[unit] ?? ''}${total}`;
}

/** Returns the name of a metric or an attribute for OpenTelemetry, which has the unit in a separate field. */
export function openTelemetryName(name: string): string {
  return `${NAMESPACE}.${name}`;
}

export type Labels = Readonly<Record<string, string>>;

/** A counter and its labels. */
export type Counted = readonly [name: CounterName, labels: Labels];

/** Returns the counter for a name such as `hit` or `bypass:<reason>`; `undefined` if it is no metric. */
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
