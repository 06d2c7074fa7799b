/**
 * Libraries that run the work of one request in the async context of another, or in none. No page may be stale because
 * of it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { queue as asyncQueue } from 'async';
import Bottleneck from 'bottleneck';
import DataLoader from 'dataloader';
import type { RequestHandler } from 'express';
import PQueue from 'p-queue';
import pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { trackPgPool } from '../../../src/track/postgres/index.js';
import { installedPostgres, type PostgresAddress, usePostgres } from '../../helpers/databases/postgres.js';
import { effort } from '../../helpers/effort.js';
import { type Site, startSite } from '../../helpers/site/site.js';

const PAGES = Array.from({ length: effort({ usual: 8, long: 20 }) }, (_, index) => index + 1);
/** Headers with which a response can be looked at, but is not stored. */
const LOOK = { headers: { cookie: 'unknown=1' } };
const ENDS = /^(?:page stored|not stored: )/;

type Read = (id: number) => Promise<string>;

/** What is between a page and its reads. It is created once for all requests. */
interface Sharing {
  /** Reads the title of a post. */
  readonly title: Read;
  /** Middleware before the page's handler. */
  readonly before?: RequestHandler;
}

/** Reads a title, or several at once, with a query in the context of the caller. */
interface Queries {
  readonly one: Read;
  readonly many: (ids: readonly number[]) => Promise<readonly string[]>;
}

const libraries: Readonly<Record<string, (queries: Queries) => Sharing>> = {
  'a DataLoader for all requests': ({ many }) => {
    const loader = new DataLoader<number, string>(many, { cache: false });
    return { title: (id) => loader.load(id) };
  },
  'p-queue': ({ one }) => {
    const queue = new PQueue({ concurrency: 2 });
    return { title: (id) => queue.add(() => one(id)) };
  },
  bottleneck: ({ one }) => {
    const limiter = new Bottleneck({ maxConcurrent: 2 });
    return { title: (id) => limiter.schedule(() => one(id)) };
  },
  'async.queue': ({ one }) => {
    const queue = asyncQueue<number, string>(async (id: number) => await one(id), 2);
    return { title: (id) => queue.push<string>(id) as unknown as Promise<string> };
  },
  'a loop of workers that was started with the app': ({ one }) => {
    const jobs: (() => Promise<void>)[] = [];
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const work = async () => {
      while (!isOver) {
        await jobs.shift()?.();
        await nextTurn();
      }
    };
    void work();
    void work();
    const title: Read = (id) =>
      new Promise((resolve, reject) => {
        jobs.push(() => one(id).then(resolve, reject));
      });
    return { title };
  },
  'a promise that requests share': ({ many }) => {
    let underWay: Promise<readonly string[]> | undefined;
    const title: Read = async (id) => {
      underWay ??= many(PAGES).finally(() => {
        underWay = undefined;
      });
      return (await underWay)[id - 1] ?? '';
    };
    return { title };
  },
  'next() from a timer': ({ one }) => {
    const waiting: (() => void)[] = [];
    const timer = setInterval(() => {
      for (const next of waiting.splice(0)) next();
    }, 1);
    onTestFinished(() => clearInterval(timer));
    return { title: one, before: (_request, _response, next) => void waiting.push(next) };
  },
};

/** Whether a page also reads something directly, in its own context. */
const kinds = { 'all that it reads': false, 'one of two things that it reads': true };

const cases = Object.keys(libraries).flatMap((library) =>
  Object.entries(kinds).map(([kind, isMixed]) => [library, kind, isMixed] as const),
);

const PASS: RequestHandler = (_request, _response, next) => next();

/** Holds requests until all of them have arrived, so that they read at the same moment. */
class Crowd {
  readonly #size: number;
  #waiting: (() => void)[] | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting = [];
    try {
      return await work();
    } finally {
      this.#waiting = undefined;
    }
  }

  async gathered(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    await new Promise<void>((go) => {
      waiting.push(go);
      if (waiting.length === this.#size) for (const one of waiting.splice(0)) one();
    });
  }
}

async function storeAll(site: Site): Promise<number> {
  const from = site.logger.lines.length;
  await Promise.all(PAGES.map((id) => site.request(`/posts/${id}`)));
  const ends = () => site.logger.lines.slice(from).filter(({ message }) => ENDS.test(message));
  while (ends().length < PAGES.length) {
    const seen = site.logger.lines.length;
    await site.logger.waitFor(({ message }) => ENDS.test(message), seen);
  }
  return ends().filter(({ message }) => message === 'page stored').length;
}

describe.skipIf(installedPostgres === undefined)('many renders at once on a pool of two', () => {
  const postgres = usePostgres();
  let address: PostgresAddress;
  beforeAll(async () => {
    address = await postgres.createDatabase();
  });

  test.each(cases)('%s, for %s: every page is right after a save', async (library, _kind, isMixed) => {
    const pool = new pg.Pool({ ...address, max: 2 });
    onTestFinished(() => pool.end());
    for (const table of ['posts', 'authors']) {
      await pool.query(`drop table if exists ${table}`);
      await pool.query(`create table ${table} (id integer primary key, title text not null)`);
      await pool.query(`insert into ${table} select n, 'old ' || n from generate_series(1, 20) n`);
    }
    const many = async (ids: readonly number[]) => {
      const sql = 'select id, title from posts where id = any($1)';
      const { rows } = await pool.query<{ id: number; title: string }>(sql, [ids]);
      return ids.map((id) => rows.find((row) => row.id === id)?.title ?? '');
    };
    const one: Read = async (id) => {
      const { rows } = await pool.query<{ title: string }>('select * from posts where id = $1', [id]);
      return rows[0]?.title ?? '';
    };
    const crowd = new Crowd(PAGES.length);
    const site = await startSite((app, pages) => {
      trackPgPool(pool, pages, { ids: { posts: 'id', authors: 'id' } });
      const sharing: Sharing = libraries[library]?.({ one, many }) ?? { title: one };
      const { title, before = PASS } = sharing;
      app.get('/posts/:id', before, async (request, response) => {
        const id = Number(request.params.id);
        const sql = 'select * from authors where id = $1';
        const own = isMixed ? (await pool.query<{ title: string }>(sql, [id])).rows[0]?.title : '';
        await crowd.gathered();
        response.send(`${await title(id)}, ${own}`);
      });
    });
    const stored = await crowd.during(() => storeAll(site));
    // A page is not stored if its reads cannot be assigned to it. Usually they can.
    expect(stored).toBeGreaterThan(PAGES.length / 2);
    for (const id of PAGES) {
      await pool.query('update posts set title = $1 where id = $2', [`new ${id}`, id]);
      expect((await site.request(`/posts/${id}`, LOOK)).body).toContain(`new ${id}, `);
    }
    if (!isMixed) return;
    await crowd.during(() => storeAll(site));
    for (const id of PAGES) {
      await pool.query('update authors set title = $1 where id = $2', [`new ${id}`, id]);
      expect((await site.request(`/posts/${id}`, LOOK)).body).toContain(`, new ${id}`);
    }
  });
});
