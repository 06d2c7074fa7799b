/** Validators identify bytes: the mtime of a page is derived from its content. */
import express from 'express';
import { describe, expect, test } from 'vitest';
import { type Engine, type EngineSite, engines, startEngine } from './engines.js';

const FILLING = '<p>Text that compresses well.</p>'.repeat(100);
/** nginx needs a module for br; the embedded server has it. */
const codingsOf = { nginx: ['identity', 'gzip'], embedded: ['identity', 'gzip', 'br'] } as const;

interface VersionedSite extends EngineSite {
  /** Changes what the page says. */
  say(word: string): void;
}

/** Starts another host, with its own WEB_ROOT, which renders at another time. */
async function startHost(engine: Engine): Promise<VersionedSite> {
  let word = 'first';
  const site = await startEngine(engine, (pages) => {
    const app = express().use(pages.middleware);
    app.get('/page', (_request, response) => void response.send(`<h1>${word}</h1>${FILLING}`));
    return app;
  });
  return {
    ...site,
    say: (next) => {
      word = next;
    },
  };
}

const accept = (coding: string, ...lines: readonly string[]) => ({
  lines: [`Accept-Encoding: ${coding}`, ...lines],
});

async function tagsOf(site: EngineSite, engine: Engine): Promise<Map<string, string>> {
  const tags = new Map<string, string>();
  for (const coding of codingsOf[engine]) {
    const { headers } = await site.ask('/page', accept(coding));
    expect(headers.get('content-encoding') ?? 'identity').toBe(coding);
    expect(headers.has('last-modified')).toBe(false);
    tags.set(coding, headers.get('etag') ?? '');
  }
  return tags;
}

describe.each(engines)('through %s', (engine) => {
  test('two hosts that rendered the same bytes have the same strong ETags, one for each coding', async () => {
    const [one, other] = [await startHost(engine), await startHost(engine)];
    for (const site of [one, other]) expect((await site.visit('/page')).outcome).toBe('stored');
    const tags = await tagsOf(one, engine);
    expect(await tagsOf(other, engine)).toEqual(tags);
    expect(new Set(tags.values()).size).toBe(codingsOf[engine].length);
    for (const tag of tags.values()) expect(tag).toMatch(/^"[0-9a-f]+-[0-9a-f]+"$/);
  });

  test.each(codingsOf[engine])(
    'a client keeps its copy when the page was rendered again with the same bytes (%s)',
    async (coding) => {
      const site = await startHost(engine);
      await site.visit('/page');
      const tag = (await tagsOf(site, engine)).get(coding);
      await site.pages.quickDelete('/page');
      await site.visit('/page');
      const answer = await site.ask('/page', accept(coding, `If-None-Match: ${tag}`));
      expect([answer.status, answer.headers.get('etag'), answer.body.length]).toEqual([304, tag, 0]);
    },
  );

  test.each(codingsOf[engine])(
    'and gets the new page when the bytes differ, though they are as many (%s)',
    async (coding) => {
      const site = await startHost(engine);
      await site.visit('/page');
      const before = (await tagsOf(site, engine)).get(coding);
      site.say('other');
      await site.pages.quickDelete('/page');
      await site.visit('/page');
      const answer = await site.ask('/page', accept(coding, `If-None-Match: ${before}`));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('etag')).not.toBe(before);
    },
  );
});
