import { Random } from './choices.js';
import { type Choose, type Decide, Scheduler, type Step } from './scheduler.js';
import { groupOf, PROCESSES, type RenderPlan, type Target, targets, type World } from './world.js';

const paths = ['/a', '/a', '/a', '/a/', '/a/x', '/b'] as const;
const tags = ['news', 'late'];
const everyTarget: readonly [Target, ...Target[]] = [targets.path, ...Object.values(targets)];
const RENDERS = 3;
const DELETES = 2;

/**
 * Runs one schedule that a seed determines completely: pages that exist before, three renders and two deletions by
 * path, glob or tag, sometimes a publication, a regeneration, a process that starts and one that is killed; and the
 * order of all their steps. Throws, with the trace, if a guarantee is broken.
 */
export async function runRandomSchedule(world: World, seed: number): Promise<Scheduler> {
  const random = new Random(seed);
  const scheduler = new Scheduler();
  await world.begin(scheduler, {
    slowRemovals: random.chance(0.5),
    watchSystemCalls: random.chance(0.25),
  });
  try {
    for (const path of random.some(['/a', '/a/', '/b'], 0.5)) await world.render(0, planOf(random, path));
    for (const path of new Set(paths)) world.plan(planOf(random, path));
    spawnActors(world, scheduler, random);
    const victim = random.chance(0.2) ? random.below(PROCESSES) : undefined;
    await scheduler.drive(deciding(random, victim), (step) => world.checkAfter(step));
    await world.end({ killed: victim !== undefined });
    return scheduler;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n  ${scheduler.trace.join('\n  ')}`, {
      cause: error,
    });
  }
}

function spawnActors(world: World, scheduler: Scheduler, random: Random): void {
  const spawn = (name: string, process: number, work: () => Promise<unknown>) =>
    scheduler.spawn(name, groupOf(process), async () => void (await work()));
  const anyProcess = () => random.below(PROCESSES);
  for (let index = 0; index < RENDERS; index += 1) {
    const [process, plan] = [anyProcess(), planOf(random, random.one(paths))];
    spawn(`render ${index} of ${describePlan(plan)} in ${process}`, process, () =>
      world.render(process, plan),
    );
  }
  for (let index = 0; index < DELETES; index += 1) {
    const [process, target] = [anyProcess(), random.one(everyTarget)];
    if (random.chance(0.15))
      spawn(`regenerate (${target.name}) in ${process}`, process, () => world.regenerate(process, target));
    else spawn(`${target.name} in ${process}`, process, () => world.remove(process, target));
  }
  if (random.chance(0.2)) {
    const [process, plan] = [anyProcess(), planOf(random, '/a')];
    spawn(`publish ${describePlan(plan)} in ${process}`, process, () => world.publish(process, plan));
  }
  if (random.chance(0.1)) spawn('a process starts', PROCESSES, () => world.start());
}

function planOf(random: Random, path: string): RenderPlan {
  const lateTags = random.some(tags, 0.3);
  return {
    path,
    tags: random.some(tags, 0.4),
    ...(lateTags.length > 0 ? { lateTags } : {}),
    type: !path.endsWith('/') && random.chance(0.2) ? 'json' : 'html',
    compressed: random.chance(0.12),
    nodeOnly: random.chance(0.15),
  };
}

function describePlan({ path, tags: early, lateTags = [], type, nodeOnly }: RenderPlan): string {
  return [path, ...early, ...lateTags.map((tag) => `…${tag}`), type, nodeOnly === true ? 'for Node' : '']
    .filter((word) => word !== '' && word !== 'html')
    .join(' ');
}

/** Chooses any order, or one in which some actors stay ahead of others for a while. The two find different mistakes. */
function deciding(random: Random, victim: number | undefined): Decide {
  const deathAt = victim === undefined ? Number.POSITIVE_INFINITY : 1 + random.below(20);
  const choose = random.chance(0.5) ? anyOrder(random) : byPriority(random);
  let calls = 0;
  return (waiting) => {
    calls += 1;
    return calls === deathAt && victim !== undefined ? { kill: groupOf(victim) } : choose(waiting);
  };
}

const anyOrder =
  (random: Random): Choose =>
  (waiting) =>
    random.below(waiting.length);

function byPriority(random: Random): Choose {
  const priorities = new Map<string, number>();
  const priorityOf = ({ actor }: Step) => {
    const priority = priorities.get(actor) ?? random.below(1000);
    priorities.set(actor, priority);
    return priority;
  };
  return (waiting) => {
    const ranks = waiting.map(priorityOf);
    const first = ranks.indexOf(Math.max(...ranks));
    const actor = waiting[first]?.actor;
    if (actor !== undefined && random.chance(0.15)) priorities.set(actor, -random.below(1000));
    return first;
  };
}
