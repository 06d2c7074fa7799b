import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { type Front, frontOfTest, HIT } from '../setup/nginx-front.js';

interface Surroundings {
  /** The administrator's own directives, at the http level and in the server. */
  readonly http?: string;
  readonly server?: string;
}

/** Includes the pair of files in a server that an administrator has written before. */
function frontInServer({ http = '', server = '' }: Surroundings = {}): Promise<Front> {
  return frontOfTest({
    compose: (config, { listen, upstreams }) => `events {}
http {
${generateNginx(config, { form: 'http', upstreams })}
${http}
server {
listen ${listen.join()};
${server}
${generateNginx(config, { form: 'server' })}
}
}`,
  });
}

describe('in a server with habits of its own', () => {
  const habits = `gzip on; gzip_types *; gzip_min_length 1; charset koi8-r; expires 1h; etag off; default_type text/plain;
    if_modified_since before; open_file_cache max=9; open_file_cache_valid 60s; open_file_cache_errors on;
    add_header X-Server 1; error_page 404 /not-found; index index.htm; autoindex on; max_ranges 9; root /;`;

  test('a hit is what it is elsewhere', async () => {
    const [front, plain] = [await frontInServer({ http: habits, server: habits }), await frontOfTest()];
    const answers: object[] = [];
    for (const one of [front, plain]) {
      one.place('blog.page.html', '<p>text</p>'.repeat(300));
      one.place('api.page.json', '{}');
      one.place('api.page.json.gz', gzipSync('{}'));
      for (const target of ['/blog', '/api']) {
        const { response } = await one.ask(bytesOf({ target, headers: ['Accept-Encoding: gzip'] }));
        const { date, server, ...headers } = response.headers;
        answers.push({ headers, body: response.body });
      }
    }
    expect(answers.slice(0, 2)).toEqual(answers.slice(2));
  });

  test('a page that is made after a miss is found, and a deleted one is gone', async () => {
    const front = await frontInServer({ http: habits, server: habits });
    const isHit = async () => (await front.ask(bytesOf({}))).response.headers['cache-status'] === HIT;
    expect(await isHit()).toBe(false);
    const path = front.place('blog.page.html', 'page');
    expect(await isHit()).toBe(true);
    unlinkSync(path);
    expect(await isHit()).toBe(false);
  });
});

describe('what the administrator forbids stays forbidden', () => {
  test('with deny', async () => {
    const front = await frontInServer({ server: 'deny all;' });
    front.place('blog.page.html', 'page');
    for (const target of ['/blog', '/missing', '//']) {
      const { response, seen } = await front.ask(bytesOf({ target }));
      expect([response.status, seen]).toEqual([403, []]);
    }
  });

  test('with limit_req', async () => {
    const front = await frontInServer({
      http: 'limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;',
      server: 'limit_req zone=one;',
    });
    front.place('blog.page.html', 'page');
    const [first, second] = [await front.ask(bytesOf({})), await front.ask(bytesOf({}))];
    expect([first.response.status, second.response.status, second.seen]).toEqual([200, 503, []]);
  });

  test('with a password', async () => {
    const front = await frontInServer({ server: 'auth_basic closed; auth_basic_user_file passwords;' });
    writeFileSync(join(front.nginx.prefix, 'passwords'), '');
    front.place('blog.page.html', 'page');
    expect((await front.ask(bytesOf({}))).response.status).toBe(401);
  });
});

test("the server's own page for a dead app is shown, for misses and for what is no page", async () => {
  const front = await frontInServer({
    server: 'error_page 502 /maintenance; location = /maintenance { return 503 "back soon"; }',
  });
  await front.app.stop();
  for (const request of [{ target: '/missing' }, { method: 'DELETE' }, { target: '//' }]) {
    const { response } = await front.ask(bytesOf(request));
    expect([request, response.body.toString()]).toEqual([request, 'back soon']);
  }
});
