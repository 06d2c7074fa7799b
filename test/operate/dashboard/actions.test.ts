import { urlencoded } from 'express';
import { describe, expect, test } from 'vitest';
import { FormTokens } from '../../../src/operate/dashboard/actions/tokens.js';
import { type DashboardSite, startDashboardSite } from './site.js';

const OWN = { 'sec-fetch-site': 'same-origin' };

/** Returns the hidden fields of the form in a preview, and the preview's text. */
async function previewOf(site: DashboardSite, query: string) {
  const { status, body } = await site.look(`/preview?${query}`);
  const fields = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of fields) form.append(name, decoded(value));
  return { status, body, form };
}

function decoded(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

async function send(
  site: DashboardSite,
  form: URLSearchParams | string,
  headers: Record<string, string> = OWN,
) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return await site.look('/act', { method: 'POST', body: String(form), headers: { ...type, ...headers } });
}

async function siteWith(...paths: readonly string[]): Promise<DashboardSite> {
  const site = await startDashboardSite();
  for (const path of paths) await site.visit(path);
  return site;
}

describe('a preview', () => {
  test.each([
    ['of a path', 'target=/a', 1, ['/a']],
    ['of several', 'target=/a&target=/b', 2, ['/a', '/b']],
    ['of lines', 'target=/a%0D%0A/b%0A', 2, ['/a', '/b']],
    ['of a glob', 'target=/tagged/**', 2, ['/tagged/tea/1', '/tagged/tea/2']],
    ['of a tag', 'tag=tea', 2, ['/tagged/tea/1', '/tagged/tea/2']],
    ['of everything', 'all=1', 4, ['/a', '/tagged/tea/1']],
    ['of nothing that is stored', 'target=/nothing', 0, []],
  ])(
    '%s says how many pages would go, and the first, and deletes none',
    async (_what, query, pages, first) => {
      const site = await siteWith('/a', '/b', '/tagged/tea/1', '/tagged/tea/2');
      const { body } = await previewOf(site, `do=delete&${query}`);
      expect(body).toContain(`<h1 id="heading">Delete ${pages} ${pages === 1 ? 'page' : 'pages'}?</h1>`);
      for (const path of first) expect(body).toContain(`<li>${path}</li>`);
      for (const path of ['/a', '/b', '/tagged/tea/1', '/tagged/tea/2'])
        expect(await site.ask(path)).toBe('hit');
    },
  );

  test('of most of the site says so', async () => {
    const site = await siteWith(...Array.from({ length: 12 }, (_, index) => `/tagged/all/${index}`));
    const { body } = await previewOf(site, 'do=delete&tag=all');
    expect(body).toContain('That is 12 of 12 pages.');
    expect((await previewOf(site, 'do=delete&target=/tagged/all/1')).body).not.toContain('That is');
  });

  test.each([
    ['nothing is named', 'do=delete', 400],
    ['it is not said what to do', 'target=/a', 400],
    ['nobody knows what to do', 'do=burn&target=/a', 400],
    ['a path is none', 'do=delete&target=a', 400],
    ['a tag is none', 'do=delete&tag=a%07', 400],
    ['too much is named', `do=delete&target=${'/a%0A'.repeat(1_001)}`, 400],
    ['warming does not start from a path', 'do=warm&tag=tea', 400],
  ])('is refused where %s', async (_what, query, status) => {
    expect((await previewOf(await startDashboardSite(), query)).status).toBe(status);
  });
});

describe('an action', () => {
  test('deletes what its preview has shown; the next visitor has it rendered', async () => {
    const site = await siteWith('/tagged/tea/1', '/tagged/tea/2', '/a');
    const { form } = await previewOf(site, 'do=delete&tag=tea');
    const { status, body } = await send(site, form);
    expect(status).toBe(200);
    expect(body).toContain('<strong>2 pages deleted.</strong>');
    expect(await site.ask('/a')).toBe('hit');
    expect(await site.ask('/tagged/tea/1')).toBe('stored');
  });

  test('regenerates pages in place', async () => {
    const site = await siteWith('/a');
    const before = (await site.look()).body;
    const { form } = await previewOf(site, 'do=regenerate&target=/a');
    expect((await send(site, form)).body).toContain(
      '<strong>1 page regenerated, 0 kept, 0 deleted.</strong>',
    );
    expect(await site.ask('/a')).toBe('hit');
    expect(before).toContain('href="/a"');
  });

  test('warms pages along the links, and leaves alone what is stored', async () => {
    const site = await startDashboardSite({
      routes: (app) => {
        app.get(
          '/start',
          (_request, response) => void response.send('<a href="/one">1</a><a href="/two">2</a>'),
        );
      },
    });
    await site.visit('/one');
    const { body, form } = await previewOf(site, 'do=warm&target=/start');
    expect(body).toContain('<li>/start</li>');
    expect((await send(site, form)).body).toContain(
      '<strong>2 pages stored, 1 already stored, 0 refused.</strong>',
    );
    expect(await site.ask('/two')).toBe('hit');
    expect((await site.look()).body).toContain('Warm from /start');
  });

  test('works where the app has read the form before', async () => {
    const site = await startDashboardSite({ before: (app) => void app.use(urlencoded({ extended: true })) });
    for (const path of ['/a', '/b']) await site.visit(path);
    const { form } = await previewOf(site, 'do=delete&target=/a&target=/b');
    expect((await send(site, form)).body).toContain('2 pages deleted');
  });

  test('with fields that are no text names nothing by them', async () => {
    const site = await startDashboardSite({ before: (app) => void app.use(urlencoded({ extended: true })) });
    const { form } = await previewOf(site, 'do=delete&target=/a');
    const token = form.get('token') ?? '';
    for (const field of ['target[toString]=x', 'target[a]=x', 'target[0][toString]=x']) {
      const { status, body } = await send(site, `do=delete&token=${token}&${field}`);
      expect(status).toBe(400);
      expect(body).toContain('The form names no page.');
    }
  });

  test('can be sent to another process of the site', async () => {
    const site = await siteWith('/a');
    const other = await startDashboardSite({ webRoot: site.webRoot });
    const { form } = await previewOf(site, 'do=delete&target=/a');
    expect((await send(other, form)).body).toContain('1 page deleted');
  });

  test('is shown afterwards, with what it came to', async () => {
    const site = await siteWith('/a');
    const { form } = await previewOf(site, 'do=delete&target=/a');
    await send(site, form);
    const { body } = await site.look();
    expect(body).toMatch(/Delete \/a<.*1 page deleted/s);
    expect(body).toMatch(/The last deletions.*a path.*\/a/s);
  });
});

describe('a forged form', () => {
  const strangers: readonly (readonly [string, Record<string, string>])[] = [
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a sister site', { 'sec-fetch-site': 'same-site' }],
    ['that nobody has clicked', { 'sec-fetch-site': 'none' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of a hidden origin', { origin: 'null' }],
    ['of another port', { origin: 'http://localhost:1' }],
    ['that does not say whence', {}],
  ];
  test.each(strangers)('%s is refused, though it has the token', async (_what, headers) => {
    const site = await siteWith('/a');
    const { form } = await previewOf(site, 'do=delete&target=/a');
    expect((await send(site, form, headers)).status).toBe(403);
    expect(await site.ask('/a')).toBe('hit');
  });

  test('of our own origin passes where the browser says nothing else', async () => {
    const site = await siteWith('/a');
    const { form } = await previewOf(site, 'do=delete&target=/a');
    const headers = { host: 'localhost', origin: 'http://localhost' };
    expect((await send(site, form, headers)).status).toBe(200);
  });

  test.each([
    ['none', () => ''],
    ['an empty one', () => '.'],
    ['another', () => `${Date.now().toString(36)}.${'a'.repeat(43)}`],
    ['a changed one', (token: string) => `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`],
    ['one of another time', (token: string) => `1${token}`],
  ])('with %s as its token is refused', async (_what, change) => {
    const site = await siteWith('/a');
    const { form } = await previewOf(site, 'do=delete&target=/a');
    form.set('token', change(String(form.get('token'))));
    expect((await send(site, form)).status).toBe(403);
    expect(await site.ask('/a')).toBe('hit');
  });

  test.each(['text/plain', 'application/json', 'multipart/form-data; boundary=a', ''])(
    'of the type %s is refused',
    async (type) => {
      const site = await siteWith('/a');
      const { form } = await previewOf(site, 'do=delete&target=/a');
      expect((await send(site, form, { ...OWN, 'content-type': type })).status).toBe(415);
      expect(await site.ask('/a')).toBe('hit');
    },
  );

  test('by GET does nothing, and one without authorization nothing either', async () => {
    const site = await siteWith('/a');
    const { form } = await previewOf(site, 'do=delete&target=/a');
    expect((await site.look(`/act?${form}`)).status).toBe(405);
    expect((await send(site, form, { ...OWN, authorization: '' })).status).toBe(401);
    expect(await site.ask('/a')).toBe('hit');
  });

  test('that is too long is refused before all of it is read', async () => {
    const site = await startDashboardSite();
    expect((await send(site, `target=${'a'.repeat(600_000)}`)).status).toBe(413);
  });
});

describe('a token of forms', () => {
  const secret = async () => 'secret';
  const request = { headers: {} } as never;

  test('is good for half a day, and not before it was made', async () => {
    const tokens = new FormTokens(secret);
    const token = await tokens.make(request, 1_000_000_000);
    const hours = (count: number) => 1_000_000_000 + count * 3_600_000;
    expect(await tokens.isValid(token, request, hours(12))).toBe(true);
    expect(await tokens.isValid(token, request, hours(12) + 1)).toBe(false);
    expect(await tokens.isValid(token, request, hours(-1))).toBe(false);
  });

  test('is good for whoever sent the same authorization, and for a site of the same secret', async () => {
    const tokens = new FormTokens(secret);
    const mine = { headers: { authorization: 'Basic a' } } as never;
    const token = await tokens.make(mine);
    expect(await tokens.isValid(token, mine)).toBe(true);
    expect(await tokens.isValid(token, request)).toBe(false);
    expect(await new FormTokens(async () => 'another').isValid(token, mine)).toBe(false);
  });
});
