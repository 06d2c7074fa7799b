import { beforeAll, describe, expect, test } from 'vitest';
import { effort, isLong } from '../helpers/effort.js';
import { sharedFolder } from '../helpers/servers/shared-servers.js';
import type { Form } from './arrangement.js';
import { type RunOptions, type RunReport, runDifferential } from './run.js';
import { type SettingName, settings } from './site/settings.js';

/** The seed of all random choices: another seed makes other requests. */
const SEED = process.env.STATICGENERATOR_SEED ?? '1';
/** `form/setting/seed/worker/index`, or `…/from-to`: runs only these pairs of one worker. */
const REPLAY = process.env.STATICGENERATOR_REPLAY?.split('/');

/** The number of pairs in a long run, in all settings together. */
const LONG_PAIRS = 50_000;
const TIME_LIMIT_MS = effort({ usual: 10 * 60_000, long: 1_800_000 });

/**
 * The smallest shares of all answers that must have these kinds of Cache-Status, for a run to show something. Short
 * runs may have fewer, by chance.
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
/** Refusals that are known when the head is sent. The first look at every path meets each of them. */
const REFUSALS = [
  ...['status', 'set-cookie', 'cache-control', 'vary', 'content-type', 'expires', 'pragma', 'age'],
  ...['content-encoding', 'content-range', 'trailer', 'csp-nonce'],
];
/** The smallest share of all hits that the server in front, if there is one, must answer without a process. */
const MIN_NGINX_HITS: Readonly<Partial<Record<Form, number>>> = {
  ...{ nginx: 0.45, apache2: 0.5, caddy: 0.5 },
  processes: 0.1,
};

/**
 * Which third of the paths a short run begins with. The runs with one kind of server in front cover all paths together.
 */
const THIRDS: Readonly<Record<`${Form}/${SettingName}`, number>> = {
  ...{ 'nginx/dressed': 0, 'nginx/plain': 1, 'processes/dressed': 2, 'processes/plain': 0 },
  ...{ 'embedded/dressed': 0, 'embedded/plain': 1 },
  ...{ 'apache2/dressed': 1, 'apache2/plain': 2, 'caddy/dressed': 2, 'caddy/plain': 0 },
};

/**
 * Declares the tests of one form: for each setting of the site, a run without any divergence. A short run sends as many
 * pairs as `smallPairs` says, and leaves out the settings that it does not list.
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

/** Expects that the run has shown something: a cache that answers nothing proves nothing. */
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
  // The run warns of what the careless pages read, and of nothing else.
  expect.soft(report.warnings.filter((warning) => !warning.includes('"/careless/'))).toEqual([]);
}

/**
 * Returns how often something with the share `part` of `total` happens at least, however the choices fall. The shares
 * are below those of long runs, and many answers come in similar pairs. One run in thirty thousand is below four
 * standard deviations.
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
