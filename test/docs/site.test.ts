import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { listen } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { type BuiltSite, builtSite, SITE_URL, siteScript } from './built-site.js';
import { markdownFiles, readPage, repository } from './markdown.js';

let site: BuiltSite;
beforeAll(async () => {
  site = await builtSite();
});

describe('the files of the site', () => {
  test('have a page for each Markdown file that users read, with the anchors that GitHub gives its headings', () => {
    const sources = ['README.md', 'CHANGELOG.md', ...markdownFiles('docs')].filter(
      (file) => !file.startsWith('docs/site/'),
    );
    const lost = sources.flatMap((file) => {
      const html = site.pages.get(pathOf(file));
      if (html === undefined) return [file];
      const anchors = readPage(file).sections.filter(({ depth }) => depth > 1);
      return anchors
        .filter(({ anchor }) => !html.includes(`id="${anchor}"`))
        .map(({ anchor }) => `${file}#${anchor}`);
    });
    expect(lost).toEqual([]);
  });

  test('lead somewhere with each link, and load nothing from elsewhere', () => {
    const dead = site.ownPages.flatMap(([path, html]) => {
      const addresses = [...html.matchAll(/ (href|src|srcset)="([^"]*)"/g)];
      return addresses
        .filter(
          ([, attribute, address = '']) =>
            !isRight(path, address.replaceAll('&amp;', '&'), attribute === 'href'),
        )
        .map(([found]) => `${path}:${found}`);
    });
    expect(dead).toEqual([]);
  });

  test('tell search engines what each is: a title that no other has, a description, the language, and a sitemap', () => {
    const titles = site.ownPages.map(([, html]) => /<title>(.+)<\/title>/.exec(html)?.[1]);
    expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([]);
    for (const [path, html] of site.ownPages) {
      expect(html, path).toContain('<html lang="en">');
      expect(html, path).toMatch(/<meta name="description" content="[^"]{10,}">/);
    }
    const sitemap = readFileSync(join(site.folder, 'sitemap.xml'), 'utf8');
    expect(sitemap).toContain(`<loc>${SITE_URL}/guide/getting-started/</loc>`);
    expect(site.pages.get('/demo/')).toContain('<meta name="robots" content="noindex">');
  });

  test('name the command to install once on the first page', () => {
    expect(site.pages.get('/')?.match(/npm install staticgenerator\s*</g)).toHaveLength(1);
  });

  test('keep the links between pages of the Markdown', () => {
    const html = site.pages.get('/guide/choosing-urls/') ?? '';
    expect(html).toContain('href="/reference/options/#');
    expect(site.pages.get('/guide/')).toContain('href="/decisions/"');
  });

  test('have no code in a page, and forbid it', () => {
    for (const [path, html] of site.pages) {
      expect(html, path).toContain(`content="default-src 'none'; script-src 'self'; style-src 'self'`);
      expect(html.match(/<script(?![^>]* src=)[^>]*>|<style|\son\w+="|\sstyle="/gi), path).toBeNull();
    }
  });

  test('have the demo, which asks no server', () => {
    const demo = site.pages.get('/demo/') ?? '';
    expect(demo).toContain('class="demo-banner"');
    expect(demo).toContain('href="/demo/posts/');
    expect(demo).not.toContain('<script');
    expect(demo).toContain('href="/demo/posts/try-this"');
    expect(site.pages.get('/demo/posts/options/')).toContain('<h1');
    expect(site.pages.get('/demo/posts/try-this/')).toContain('src="/demo/pictures/try-this.svg"');
    const demoPages = [...site.pages].filter(([path]) => path.startsWith('/demo/'));
    expect(demoPages.filter(([, html]) => html.includes('class="strip"')).map(([path]) => path)).toEqual([]);
  });

  test('show every plot on the page of performance', () => {
    const plots = readdirSync(join(repository, 'docs/performance')).filter((name) => name.endsWith('.svg'));
    const html = site.pages.get('/performance/') ?? '';
    expect(plots.filter((name) => !html.includes(`src="/performance/${name}"`))).toEqual([]);
  });
});

test('a mistake in the command is told without a stack', async () => {
  const taken = await listen((_request, response) => void response.end());
  const cases: [words: string[], said: RegExp][] = [
    [['--bas', '/manual'], /Unknown option '--bas'.*\n\nUsage: npm run site/s],
    [['one', 'two'], /^Expected one folder\n\nUsage: npm run site/],
    [
      [join(await temporaryFolder(), 'site'), '--no-demo', '--serve'],
      new RegExp(`^Port ${taken} is taken. Set PORT to a free one`),
    ],
  ];
  for (const [words, said] of cases) {
    const env = { ...process.env, SITE_FOLDER: await temporaryFolder(), PORT: String(taken) };
    const { status, stderr } = spawnSync(process.execPath, [siteScript, ...words], { encoding: 'utf8', env });
    expect([words, status]).toEqual([words, 1]);
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('    at ');
  }
});

function pathOf(file: string): string {
  const name = file
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1')
    .replace(/\.md$/, '/');
  return `/${name.toLowerCase()}`;
}

/** Whether an address is right. A link may lead to another site, but a page may not load anything from there. */
function isRight(path: string, address: string, isLink: boolean): boolean {
  const url = new URL(address, `http://site.invalid${path}`);
  if (url.host !== 'site.invalid') return isLink && ['https:', 'http:', 'mailto:'].includes(url.protocol);
  const html = site.pages.get(url.pathname);
  if (html === undefined)
    return existsSync(join(site.folder, decodeURIComponent(url.pathname))) && !url.pathname.endsWith('/');
  return url.hash === '' || html.includes(` id="${decodeURIComponent(url.hash.slice(1))}"`);
}
