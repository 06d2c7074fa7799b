import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Thinner } from '../helpers/effort.js';
import type { PageFile } from '../helpers/protocol/faults/disk.js';
import { following, interleavings, schedulerOfTransactions, stepsOf } from '../helpers/protocol/script.js';
import { groupOf, type RenderPlan, type Target, targets, World } from '../helpers/protocol/world.js';

/**
 * Tries one order in a number of orders, starting at another one in each case. Long runs and mutants try all orders.
 */
const thinner = new Thinner('STATICGENERATOR_ORDERS', { usual: 8, long: 1 });
const orders = (...sequences: readonly (readonly string[])[]) => thinner.thin(interleavings(...sequences));

let world: World;
beforeAll(() => {
  world = new World();
});
afterAll(() => world.close());

type Outcome = 'stored' | 'voided';
type Actor = () => Promise<unknown>;

/** The result of a script: the outcome of each actor that renders, and the pages on disk. */
interface End {
  readonly outcomes: Readonly<Record<string, unknown>>;
  readonly pages: readonly PageFile[];
}

interface PlayOptions {
  /** Pages that are stored before. */
  readonly before?: readonly RenderPlan[];
  /** Whether removals are so slow that each is its own batch. */
  readonly slowRemovals?: boolean;
  /** Checks what must hold after every step. */
  readonly always?: (pages: readonly PageFile[]) => void;
}

/** Runs actors in the order of a script. Each name has the process that the actor is in. */
async function play(
  script: readonly string[],
  actors: Readonly<Record<string, readonly [process: number, work: Actor]>>,
  { before = [], slowRemovals = false, always = () => undefined }: PlayOptions = {},
): Promise<End> {
  const scheduler = schedulerOfTransactions();
  await world.begin(scheduler, { slowRemovals });
  for (const plan of before) expect(await world.render(0, plan)).toBe('stored');
  const outcomes: Record<string, unknown> = {};
  for (const [name, [process, work]] of Object.entries(actors)) {
    scheduler.spawn(name, groupOf(process), async () => {
      outcomes[name] = await work();
    });
  }
  try {
    await scheduler.drive(following(script), () => always(world.check()));
    return { outcomes, pages: await world.end() };
  } catch (error) {
    throw new Error(`In the order ${script.join(', ')}`, { cause: error });
  }
}

const RENDER = ['lease', 'read', 'record', 'place'] as const;
const DELETE = stepsOf('delete', 'change', 'append', 'apply');
const PUBLISH = stepsOf('publish', 'change', 'append', 'read', 'record', 'place');

const isBefore = (script: readonly string[], first: string, second: string) =>
  script.indexOf(first) < script.indexOf(second);

describe('one render and one deletion, every order of their steps', () => {
  const cases: readonly (readonly [string, Target, RenderPlan])[] = [
    ['its path', targets.path, { path: '/a', tags: [] }],
    ['its path in the other form', targets.otherForm, { path: '/a', tags: [], compressed: true }],
    ['a glob', targets.glob, { path: '/a/x', tags: [] }],
    ['a glob that matches a folder too', targets.glob, { path: '/a', tags: [] }],
    ['its tag', targets.tag, { path: '/a', tags: ['news'] }],
    ['its tag, of a page for Node alone', targets.tag, { path: '/a', tags: ['news'], nodeOnly: true }],
    [
      'a tag that it gains at the end of its render',
      targets.otherTag,
      { path: '/a', tags: [], lateTags: ['late'] },
    ],
    ['everything', targets.all, { path: '/b', tags: [] }],
  ];

  describe.each([
    ['one process', 1, 1],
    ['two processes', 0, 1],
  ])('in %s', (_name, renderer, deleter) => {
    test.each(cases)(
      'by %s: stored unless the deletion is recorded while it renders',
      async (_case, target, plan) => {
        const steps = plan.lateTags === undefined ? RENDER : ['lease', 'read', 'answer', 'record', 'place'];
        for (const script of orders(stepsOf('render', ...steps), DELETE)) {
          const { outcomes, pages } = await play(script, {
            render: [renderer, () => world.render(renderer, plan)],
            delete: [deleter, () => world.remove(deleter, target)],
          });
          const isVoid =
            isBefore(script, 'render: lease', 'delete: append') &&
            isBefore(script, 'delete: append', 'render: place');
          expect(outcomes.render, script.join(', ')).toBe(isVoid ? 'voided' : 'stored');
          const stays = !isVoid && isBefore(script, 'delete: apply', 'render: place');
          expect(pages, script.join(', ')).toHaveLength(stays ? 1 : 0);
        }
      },
    );

    test('a page that the deletion does not name is stored, and stays', async () => {
      const others = [
        [targets.path, { path: '/b', tags: ['news'] }],
        [targets.tag, { path: '/a', tags: ['late'] }],
        [targets.glob, { path: '/ab', tags: [] }],
      ] as const;
      for (const [target, plan] of others) {
        for (const script of orders(stepsOf('render', ...RENDER), DELETE)) {
          const { outcomes, pages } = await play(script, {
            render: [renderer, () => world.render(renderer, plan)],
            delete: [deleter, () => world.remove(deleter, target)],
          });
          expect(outcomes.render).toBe('stored');
          expect(pages).toHaveLength(1);
        }
      }
    });

    test('a tag that the page loses with the render deletes the old page, and never the new one', async () => {
      for (const script of orders(stepsOf('render', ...RENDER), DELETE)) {
        const { outcomes, pages } = await play(
          script,
          {
            render: [renderer, () => world.render(renderer, { path: '/a', tags: [] })],
            delete: [deleter, () => world.remove(deleter, targets.tag)],
          },
          { before: [{ path: '/a', tags: ['news'] }] },
        );
        expect(outcomes.render, script.join(', ')).toBe('stored');
        expect(
          pages.map(({ content }) => content.tags),
          script.join(', '),
        ).toEqual([[]]);
      }
    });
  });
});

test('a deletion in several batches, and a render that begins or ends between any two of them', async () => {
  const stored = ['/a', '/a/', '/a/x', '/a/y'].map((path): RenderPlan => ({ path, tags: ['news'] }));
  const batches = stored.map(() => 'apply');
  const deletion = stepsOf('delete', 'change', 'append', ...batches);
  let placedBetween = 0;
  for (const script of orders(stepsOf('render', ...RENDER), deletion)) {
    const { outcomes } = await play(
      script,
      {
        render: [0, () => world.render(0, { path: '/a', tags: ['news'] })],
        delete: [1, () => world.remove(1, targets.tag)],
      },
      { before: stored, slowRemovals: true },
    );
    if (outcomes.render === 'stored' && isBefore(script, 'delete: append', 'render: lease'))
      placedBetween += 1;
  }
  expect(placedBetween).toBeGreaterThan(0);
});

test('a publication and a slow render of the page: what was rendered before the save never replaces it', async () => {
  const plan: RenderPlan = { path: '/a', tags: [], compressed: true };
  for (const script of orders(stepsOf('slow', ...RENDER), PUBLISH)) {
    const { outcomes, pages } = await play(
      script,
      {
        slow: [0, () => world.render(0, plan)],
        publish: [1, () => world.publish(1, plan)],
      },
      // The old page stays until the new one is placed.
      { before: [plan], always: (pages) => expect(pages).toHaveLength(1) },
    );
    const isVoid =
      isBefore(script, 'slow: lease', 'publish: append') &&
      isBefore(script, 'publish: append', 'slow: place');
    expect(outcomes.slow, script.join(', ')).toBe(isVoid ? 'voided' : 'stored');
    // The first page and the saved data have versions 1 and 2.
    expect(pages.map(({ content }) => content.version)).toEqual([2]);
  }
});

describe('two renders of a page, every order of their steps: both are stored, and the last to be placed stays', () => {
  const kinds: Readonly<Record<string, Partial<RenderPlan>>> = {
    'a page with codings': { compressed: true },
    'a page without': {},
    'a page of another type': { type: 'json' },
    'a page that only Node serves': { nodeOnly: true },
    'a page with other tags': { tags: ['late'] },
  };
  const pairs = Object.keys(kinds).flatMap((one, index, all) =>
    all.slice(index === 0 ? 0 : index + 1).map((other) => [one, other] as const),
  );

  test.each(pairs)('%s, and %s', async (one, other) => {
    const [first, second] = [kinds[one], kinds[other]].map(
      (kind): RenderPlan => ({ path: '/a', tags: ['news'], ...kind }),
    );
    if (first === undefined || second === undefined) throw new Error('There are two plans');
    for (const script of orders(stepsOf('first', ...RENDER), stepsOf('second', ...RENDER))) {
      const { outcomes, pages } = await play(script, {
        first: [0, () => world.render(0, first)],
        second: [1, () => world.render(1, second)],
      });
      expect(outcomes satisfies Record<string, unknown>).toEqual({
        first: 'stored',
        second: 'stored',
      } satisfies Record<string, Outcome>);
      const last = isBefore(script, 'first: place', 'second: place') ? second : first;
      const [page, ...more] = pages;
      expect(more).toEqual([]);
      expect(page?.content.tags).toEqual(last.tags);
      expect(page?.file).toMatch(
        last.nodeOnly === true ? /node-only/ : last.type === 'json' ? /\.json$/ : /^a\.page\.html$/,
      );
    }
  });
});
