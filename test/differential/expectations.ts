import { beforeAll, describe, expect, test } from 'vitest';
import { effort, isLong } from '../helpers/effort.js';
import { sharedFolder } from '../helpers/servers/shared-servers.js';
import type { Form } from './arrangement.js';
import { type RunOptions, type RunReport, runDifferential } from './run.js';
import { type SettingName, settings } from './site/settings.js';

/** What the choices are made of: another seed makes other requests. */
const SEED = process.env.STATICGENERATOR_SEED ?? '1';
/** `form/setting/seed/worker/index`, or `…/from-to`: the pairs of one worker, and nothing else. */
const REPLAY = process.env.STATICGENERATOR_REPLAY?.split('/');

/** Of a run at length, in all settings together. */
const LONG_PAIRS = 50_000;
const TIME_LIMIT_MS = effort({ usual: 10 * 60_000, long: 1_800_000 });

/**
 * The smallest parts of all answers that a run must have had from the cache to have shown something; in a short run, as far as
 * chance allows.
 */
const MIN_PARTS: Readonly<Record<string, number>> = {
  '; hit$': 0.25,
  'fwd=uri-miss$': 0.03,
  'fwd=uri-miss; detail=': 0.06,
  'fwd=method': 0.01,
  'detail=query': 0.01,
  'detail=query-spelling': 0.001,
  'detail=not-canonical': 0.01,
  'detail=request-header': 0.005,
  'detail=cookie$': 0.004,
  'detail=host': 0.001,
  'detail=excluded': 0.001,
  'detail=no-rule': 0.001,
  'detail=head': 0.001,
  'detail=cookie-present': 0.0005,
};
/** Refusals that are known when the head leaves; a first look at every path meets each. */
const REFUSALS = [
  ...['status', 'set-cookie', 'cache-control', 'vary', 'content-type', 'expires', 'pragma', 'age'],
  ...['content-encoding', 'content-range', 'trailer', 'csp-nonce'],
];
/** The smallest part of all hits that the server in front must have answered without a process, where there is one. */
const MIN_NGINX_HITS: Readonly<Partial<Record<Form, number>>> = {
  ...{ nginx: 0.45, apache2: 0.5, caddy: 0.5 },
  processes: 0.1,
};

/** Which third of the paths a short run begins with: those of one kind of server in front have all of them together. */
const THIRDS: Readonly<Record<`${Form}/${SettingName}`, number>> = {
  ...{ 'nginx/dressed': 0, 'nginx/plain': 1, 'processes/dressed': 2, 'processes/plain': 0 },
  ...{ 'embedded/dressed': 0, 'embedded/plain': 1 },
  ...{ 'apache2/dressed': 1, 'apache2/plain': 2, 'caddy/dressed': 2, 'caddy/plain': 0 },
};

/**
 * Declares the tests of one form: for each setting of the site, a run without any divergence. The small run is of the
 * pairs that are given, and leaves out the settings that are not.
 */
export function describeForm(form: Form, smallPairs: Partial<Record<SettingName, number>>): void {
  const names = Object.keys(settings) as SettingName[];
  let compiled = '';
  beforeAll(async () => {
    compiled = await sharedFolder('differential');
  });

  describe.each(names)('the site that is %s', (setting) => {
    const replay = replayOf(form, setting);
    const isLeftOut = !isLong && smallPairs[setting] === undefined;
    test.skipIf(REPLAY === undefined ? isLeftOut : replay === undefined)(
      'answers the same with the cache as without it',
      { timeout: TIME_LIMIT_MS },
      async () => {
        const pairs = effort({ usual: smallPairs[setting] ?? 0, long: LONG_PAIRS / names.length });
        const third = isLong ? undefined : THIRDS[`${form}/${setting}`];
        const report = await runDifferential({
          form,
          setting,
          compiled,
          seed: SEED,
          pairs,
          third,
          ...replay,
        });
        if (isLong || replay !== undefined) tell({ form, setting }, report);
        expect(report.divergences.join('\n\n')).toBe('');
        if (replay === undefined) expectShown(form, setting, report);
      },
    );
  });
}

function replayOf(form: Form, setting: SettingName): Partial<RunOptions> | undefined {
  const [wantedForm, wantedSetting, seed = '', worker, range = ''] = REPLAY ?? [];
  if (wantedForm !== form || wantedSetting !== setting) return undefined;
  const [from, to = from] = range.split('-').map(Number);
  return { seed, replay: { worker: Number(worker), from: from ?? 0, to: to ?? 0 } };
}

/** A cache that answers nothing proves nothing. */
function expectShown(form: Form, setting: SettingName, report: RunReport): void {
  const { statuses, nginxHits } = report;
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const countOf = (pattern: string) =>
    [...statuses].reduce((sum, [status, count]) => sum + (new RegExp(pattern).test(status) ? count : 0), 0);
  const parts = setting === 'dressed' ? { ...MIN_PARTS, 'detail=ignored-query': 0.0005 } : MIN_PARTS;
  for (const [pattern, part] of Object.entries(parts))
    expect
      .soft([pattern, countOf(pattern)])
      .toEqual([pattern, expect.toSatisfy(atLeast(leastOf(total, part)))]);
  for (const refusal of REFUSALS)
    expect.soft([refusal, countOf(`detail=${refusal}$`)]).toEqual([refusal, expect.toSatisfy(atLeast(1))]);
  const least = MIN_NGINX_HITS[form];
  if (least !== undefined) expect.soft(nginxHits).toBeGreaterThanOrEqual(leastOf(countOf('; hit$'), least));
  // What the careless pages read is told of, and nothing else.
  expect.soft(report.warnings.filter((warning) => !warning.includes('"/careless/'))).toEqual([]);
}

/**
 * How often something of a part of `total` happens at the least, however the choices fall: the parts are below what long runs show,
 * many answers come in pairs that are alike, and four standard deviations below are one run in thirty thousand.
 */
function leastOf(total: number, part: number): number {
  const expected = total * part;
  return expected - 4 * Math.sqrt(2 * expected);
}

const atLeast = (least: number) => (value: unknown) => Number(value) >= least;

function tell(what: object, { divergences, statuses, ...figures }: RunReport): void {
  const sorted = [...statuses].sort(([, a], [, b]) => b - a);
  console.info({
    ...what,
    ...figures,
    divergences: divergences.length,
    first: divergences.slice(0, 30).join('\n\n'),
    statuses: Object.fromEntries(sorted),
  });
}
