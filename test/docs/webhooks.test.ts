import { createHmac } from 'node:crypto';
import { encodeSignatureHeader } from '@sanity/webhook';
import { beforeAll, describe, expect, test } from 'vitest';
import { send } from '../helpers/site/site.js';
import { type Block, readPage } from './markdown.js';
import { secrets, useProjects } from './project.js';

interface Hook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a request for a time, as one of the services does. */
type Sign = (time: number, secret?: string) => Promise<Hook>;

const MINUTE_MS = 60_000;
const json = { 'content-type': 'application/json' };

/** The signature that `@contentful/node-apps-toolkit` 3.16.1 made of this request with this secret. */
const byContentful = {
  secret: 'a'.repeat(64),
  time: 1_700_000_000_000,
  signature: 'ba372b15150dea042530924f73ca4d17d797537952a436bf0272e1e6ba1f39a4',
};

const ghost: Sign = async (time, secret = secrets.GHOST_SECRET) => {
  const body = JSON.stringify({ post: { current: { slug: 'hello' }, previous: { slug: 'old' } } });
  const signature = createHmac('sha256', secret).update(`${body}${time}`).digest('hex');
  return {
    path: '/hooks/ghost',
    headers: { ...json, 'x-ghost-signature': `sha256=${signature}, t=${time}` },
    body,
  };
};

const sanity: Sign = async (time, secret = secrets.SANITY_SECRET) => {
  const body = JSON.stringify({ slug: 'hello', before: 'old' });
  const signature = await encodeSignatureHeader(body, time, secret);
  return { path: '/hooks/sanity', headers: { ...json, 'sanity-webhook-signature': signature }, body };
};

const contentful: Sign = async (time, secret = secrets.CONTENTFUL_SECRET) => {
  const body = '{"sys":{"type":"Entry","id":"x"},"fields":{"slug":{"en-US":"hello"}}}';
  const signed: Record<string, string> = {
    'content-type': 'application/vnd.contentful.management.v1+json',
    'x-contentful-signed-headers':
      'content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic',
    'x-contentful-timestamp': String(time),
    'x-contentful-topic': 'ContentManagement.Entry.publish',
  };
  const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}`);
  const content = ['POST', '/hooks/contentful', lines.join(';'), body].join('\n');
  const signature = createHmac('sha256', secret).update(content).digest('hex');
  return { path: '/hooks/contentful', headers: { ...signed, 'x-contentful-signature': signature }, body };
};

const strapi: Sign = async (_time, secret = secrets.STRAPI_TOKEN) => ({
  path: '/hooks/strapi',
  headers: { ...json, authorization: `Bearer ${secret}` },
  body: JSON.stringify({ event: 'entry.publish', model: 'post', entry: { slug: 'hello' } }),
});

const createProject = useProjects();
const blocks = readPage('docs/guide/webhooks.md').blocks;

/** The port of the app that the page makes, for all tests. */
let port: number;
beforeAll(async () => {
  const project = await createProject();
  for (const block of blocks) await project.run(block);
  port = Number(project.localise('3000'));
});

describe.each([
  ['Ghost', ghost],
  ['Sanity', sanity],
  ['Contentful', contentful],
  ['Strapi', strapi],
])('the webhook of %s', (name, sign) => {
  const isSigned = name !== 'Strapi';
  const post = ({ path, ...sent }: Hook) => send(port, path, { method: 'POST', ...sent });
  const isHit = async () => (await send(port, '/posts/hello')).cache.endsWith('hit');

  test('deletes the page of what it names, and nothing without the right signature', async () => {
    await expect.poll(isHit).toBe(true);
    const hook = await sign(Date.now());
    const { body, headers } = hook;
    const forged: Hook[] = [
      await sign(Date.now(), 'f'.repeat(64)),
      {
        ...hook,
        headers: Object.fromEntries(
          Object.entries(headers).filter(([one]) => !/signature$|authorization/.test(one)),
        ),
      },
      ...(isSigned
        ? [
            await sign(Date.now() - 6 * MINUTE_MS),
            await sign(Date.now() + 6 * MINUTE_MS),
            { ...hook, body: body.replace('hello', 'hallo') },
            { ...hook, headers: withLaterTime(headers) },
          ]
        : []),
    ];
    for (const one of forged) expect([one, (await post(one)).status]).toEqual([one, 401]);
    expect(await isHit()).toBe(true);
    expect((await post(hook)).status).toBe(204);
    expect(await isHit()).toBe(false);
  });
});

/** Changes the time of a signed request, as if someone sent a recorded request again with a later time. */
function withLaterTime(headers: Hook['headers']): Hook['headers'] {
  const text = JSON.stringify(headers);
  return JSON.parse(text.replace(/(?<=t=|timestamp":")(\d{13})/, (time) => String(Number(time) + 1)));
}

test('the tests sign as Contentful does', async () => {
  const { secret, time, signature } = byContentful;
  expect((await contentful(time, secret)).headers['x-contentful-signature']).toBe(signature);
});

test('every recipe is tested', () => {
  const routes = blocks.flatMap(({ text }: Block) =>
    [...text.matchAll(/app\.post\('([^']+)'/g)].map(([, path]) => path),
  );
  expect(routes.sort()).toEqual(['/hooks/contentful', '/hooks/ghost', '/hooks/sanity', '/hooks/strapi']);
});
