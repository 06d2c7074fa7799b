import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { effortFrom, isLong, numberFrom } from '../helpers/effort.js';
import { explore, Random } from '../helpers/protocol/choices.js';
import { runRandomSchedule } from '../helpers/protocol/random-schedule.js';
import { type Choose, type Decide, Scheduler } from '../helpers/protocol/scheduler.js';
import { groupOf, type RenderPlan, type Target, targets, World } from '../helpers/protocol/world.js';

/**
 * The seed of the first random schedule, and the number of schedules. To replay a failure, set its seed and a count of
 * 1.
 */
const SEED = numberFrom('STATICGENERATOR_SEED', 1);
const COUNT = effortFrom('STATICGENERATOR_SCHEDULES', { usual: 50, long: 100_000 });
/** Whether all schedules of one kind are tried. If not, a random SAMPLE of them is tried. */
const EXPLORES = numberFrom('STATICGENERATOR_ORDERS', isLong ? 1 : 0) === 1;
const SAMPLE = 40;
const LONG_MS = 60 * 60 * 1000;

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

describe('every schedule of two renders and one delete', { timeout: LONG_MS }, () => {
  const run = async (target: Target, plan: RenderPlan, scheduler: Scheduler, decide: Decide) => {
    await world.begin(scheduler);
    for (const index of [0, 1]) {
      scheduler.spawn(`render ${index}`, groupOf(index), async () => {
        await world.render(index, plan);
      });
    }
    scheduler.spawn('delete', groupOf(2), () => world.remove(2, target));
    await scheduler.drive(decide, (step) => world.checkAfter(step));
    await world.end();
  };

  const byTag = [targets.tag, { path: '/a', tags: ['news'] }] as const;

  test('where a render reads its data as soon as it begins', async () => {
    const one = async ({ choose }: { readonly choose: Choose }) => {
      const scheduler = new Scheduler({ passing: ['temporary file', 'read'] });
      await run(...byTag, scheduler, firstRenderFirst(choose));
    };
    if (EXPLORES) expect(await explore(one)).toBeGreaterThanOrEqual(840);
    else
      for (let seed = SEED; seed < SEED + SAMPLE; seed += 1) {
        const random = new Random(seed);
        await one({ choose: ({ length }) => random.below(length) });
      }
  });

  const cases: readonly (readonly [string, Target, RenderPlan])[] = [
    ['its tag', ...byTag],
    ['its path', targets.path, { path: '/a', tags: [] }],
    ['its other form', targets.otherForm, { path: '/a', tags: [], compressed: true }],
    ['a glob', targets.glob, { path: '/a/x', tags: [] }],
    ['a tag, of a page for Node', targets.tag, { path: '/a', tags: ['news'], nodeOnly: true }],
    ['everything', targets.all, { path: '/a', tags: [] }],
  ];

  test.runIf(isLong).each(cases)('by %s, at any time', async (name, target, plan) => {
    const count = await explore(async (path) => {
      const scheduler = new Scheduler({ passing: ['temporary file'] });
      await run(target, plan, scheduler, firstRenderFirst(path.choose));
    });
    console.log(`by ${name}: ${count} schedules`);
    expect(count).toBeGreaterThanOrEqual(5_775);
  });

  test.runIf(isLong)('every temporary file a step too', async () => {
    const count = await explore(async (path) => {
      await run(...byTag, new Scheduler(), path.choose);
    });
    console.log(`with temporary files: ${count} schedules`);
    expect(count).toBeGreaterThanOrEqual(72_072);
  });
});

/** Equal renders are interchangeable, so it is enough to try the schedules in which the first one begins first. */
function firstRenderFirst(choose: Choose): Decide {
  return (waiting) => {
    const begins = (name: string) =>
      waiting.findIndex((step) => step.actor === name && step.name === 'lease');
    const tooEarly = begins('render 0') === -1 ? -1 : begins('render 1');
    const allowed = waiting.filter((_step, index) => index !== tooEarly);
    const chosen = allowed[choose(allowed)];
    return chosen === undefined ? -1 : waiting.indexOf(chosen);
  };
}

test(`${COUNT} random schedules from seed ${SEED}`, { timeout: LONG_MS }, async () => {
  for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
    try {
      const { trace } = await runRandomSchedule(world, seed);
      if (COUNT === 1) console.log(trace.join('\n'));
    } catch (error) {
      const replay = `STATICGENERATOR_SEED=${seed} STATICGENERATOR_SCHEDULES=1`;
      throw new Error(`Replay this schedule with ${replay}`, { cause: error });
    }
  }
});
