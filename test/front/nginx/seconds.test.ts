import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import { bytesOf } from '../../cases/requests.js';
import { type Front, frontOfTest, HIT } from '../setup/nginx-front.js';

/** More seconds than any test takes. */
const SECONDS = 300;

const PAGES = [
  { target: '/blog/', file: 'blog/index.html' },
  { target: '/blog/one', file: 'blog/one.page.html' },
  { target: '/caf%C3%A9%20one', file: 'café one.page.html' },
  { target: '/feed.xml', file: 'feed.xml' },
  { target: '/numbers', file: 'numbers.page.json' },
  { target: '/typed/a.data', file: 'typed/a.data.page.html' },
];

/** Makes the names that the app makes while it may serve. */
function serve({ webRoot }: Front): void {
  const now = Math.floor(Date.now() / 1000);
  mkdirSync(join(webRoot, '.term'), { mode: 0o755 });
  for (let second = now; second < now + SECONDS; second += 1)
    symlinkSync('..', join(webRoot, '.term', String(second)));
}

async function hitsOf(front: Front, host: string): Promise<readonly string[]> {
  const hits: string[] = [];
  for (const { target } of PAGES) {
    const { response } = await front.ask(bytesOf({ host, target }));
    if (response.headers['cache-status'] === HIT) hits.push(response.body.toString());
  }
  return hits;
}

const site = { cluster: redis(), types: { '/typed/*.data': 'text/x-data' } } as const;
const checked = (text: string) => text.replace(/# (disable_symlinks on from=)/, '$1');

test.each([
  { name: 'one name', hosts: ['a.example'], folders: [''] },
  { name: 'several names', hosts: ['a.example', 'b.example'], folders: ['a.example/', 'b.example/'] },
])(
  'a site of $name and several hosts has pages of any shape in the seconds that it may serve, and in no others',
  async ({ hosts, folders }) => {
    const front = await frontOfTest({
      site: { ...site, hosts },
      edit: (text) => {
        // If this option is set, nginx refuses other links, but not the name of the second.
        expect(checked(text)).not.toBe(text);
        return checked(text);
      },
    });
    for (const folder of folders)
      for (const { file } of PAGES) front.place(`${folder}${file}`, `${folder}${file}`);
    const all = hosts.map((_host, index) => PAGES.map(({ file }) => `${folders[index]}${file}`));
    const hits = async () => await Promise.all(hosts.map((host) => hitsOf(front, host)));
    expect(await hits()).toEqual(hosts.map(() => []));
    serve(front);
    expect(await hits()).toEqual(all);
    rmSync(join(front.webRoot, '.term'), { recursive: true });
    expect(await hits()).toEqual(hosts.map(() => []));
  },
);

test('a link among the pages is refused where that is asked for', async () => {
  const front = await frontOfTest({ site: { ...site, hosts: ['a.example'] }, edit: checked });
  const elsewhere = front.place('elsewhere.txt', 'secret');
  serve(front);
  symlinkSync(elsewhere, join(front.webRoot, 'secret.txt'));
  const { response } = await front.ask(bytesOf({ host: 'a.example', target: '/secret.txt' }));
  expect(response.headers['cache-status']).not.toBe(HIT);
});
