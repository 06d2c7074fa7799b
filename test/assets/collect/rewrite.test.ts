/** References of assets to each other: which ones become digested names, and that no other byte changes. */
import { describe, expect, test } from 'vitest';
import type { AssetOptions } from '../../../src/assets/index.js';
import { assetFolders, type Files } from './collected-files.js';

const others: Files = {
  'other.css': '',
  'other.js': 'export default 1;',
  'other.js.map': '{}',
  'styles.css.map': '{}',
  'img/a.png': 'png',
  'img/ü b.png': 'named oddly',
  'fonts/font.eot': 'eot',
  'fonts/font.svg': '<svg/>',
  'deep/er/file.css': 'a{}',
  'icon.png': 'icon',
};

/** Collects one more file. Returns its text, and the text that is expected. */
async function rewritten(
  name: string,
  [text, expected]: readonly [string, string],
  options: Partial<AssetOptions> = {},
) {
  const folders = await assetFolders({ ...others, [name]: text }, options);
  const report = await folders.collect();
  return { got: folders.read(name), expected: folders.expected(expected), report };
}

/** A text that must not change. */
const same = (text: string): readonly [string, string] => [text, text];

describe('in a stylesheet', () => {
  test.each<readonly [string, string]>([
    ['@import url(other.css);', '@import url(<<other.css>>);'],
    ["@import 'other.css' screen;", "@import '<<other.css>>' screen;"],
    ['@IMporT uRL("other.css");', '@IMporT uRL("<<other.css>>");'],
    ['a{b:url( "img/a.png" )}', 'a{b:url( "img/<<img/a.png>>" )}'],
    ['a{b:url(./img/a.png)}', 'a{b:url(./img/<<img/a.png>>)}'],
    ['a{b:url(/static/img/a.png)}', 'a{b:url(/static/img/<<img/a.png>>)}'],
    ['a{b:url(img/a.png?v=1)}', 'a{b:url(img/<<img/a.png>>?v=1)}'],
    ['a{src:url("fonts/font.eot?#iefix")}', 'a{src:url("fonts/<<fonts/font.eot>>?#iefix")}'],
    ['a{src:url(fonts/font.svg#icons/../x)}', 'a{src:url(fonts/<<fonts/font.svg>>#icons/../x)}'],
    ['a{b:url(img/%C3%BC%20b.png)}', 'a{b:url(img/<<img/ü b.png>>)}'],
    ['a{b:url("img/ü b.png")}', 'a{b:url("img/<<img/ü b.png>>")}'],
    [
      'a{b:image-set("img/a.png" 1x, url(img/a.png) 2x)}',
      'a{b:image-set("img/<<img/a.png>>" 1x, url(img/<<img/a.png>>) 2x)}',
    ],
    ['a{b:url(i\\6d g/a.png)}', 'a{b:url(img/<<img/a.png>>)}'],
    ['a{}/*# sourceMappingURL=styles.css.map */', 'a{}/*# sourceMappingURL=<<styles.css.map>> */'],
    ['/*#\tsourceMappingURL=styles.css.map*/', '/*#\tsourceMappingURL=<<styles.css.map>>*/'],
  ])('%s is replaced', async (text, expected) => {
    const folders = await assetFolders({ ...others, 'styles.css': text });
    await folders.collect();
    expect(folders.read('styles.css')).toBe(folders.expected(expected));
  });

  test.each([
    'a{b:url(#foobar)}',
    'a{b:url(http://example.com/a.png)}',
    'a{b:url(https:a.png)}',
    'a{b:url(data:image/png;base64,AA==)}',
    'a{b:url("data:image/svg+xml,<svg style=\'b:url(img/gone.png)\'/>")}',
    'a{b:url(//example.com/static/img/a.png)}',
    'a{b:url(chrome://x)}',
    'a{b:url()}',
    'a{b:url("")}',
    'a{behavior:url(#default#VML)}',
    'a{b:url(/elsewhere/a.png)}',
    '/* a{b:url(img/gone.png)} */',
    'a{content:"url(img/gone.png)"}',
    '@namespace svg url(img/gone.png);',
    '.bg-\\[url\\(img\\/gone\\.png\\)\\]{}',
    '/*# SourceMappingURL=styles.css.map */',
    '/*# sourceMappingURL=data:application/json;base64,e30= */',
    '\ufeffa{}\r\n\f\0',
  ])('%j stays as it is', async (text) => {
    const { got } = await rewritten('styles.css', same(text));
    expect(got).toBe(text);
  });

  test('what is not UTF-8 keeps its bytes, and its references are replaced', async () => {
    const folders = await assetFolders({
      ...others,
      'latin.css': Buffer.from('/* \xe9 */a{b:url(img/a.png)}', 'latin1'),
    });
    await folders.collect();
    const expected = Buffer.from(folders.expected('/* \xe9 */a{b:url(img/<<img/a.png>>)}'), 'latin1');
    expect(folders.bytes('latin.css')).toEqual(expected);
  });

  test('a relative path starts at the folder of its file', async () => {
    const folders = await assetFolders({
      ...others,
      'deep/styles.css': 'a{b:url(../img/a.png)}@import "er/file.css";@import "../other.css";',
    });
    await folders.collect();
    expect(folders.read('deep/styles.css')).toBe(
      folders.expected(
        'a{b:url(../img/<<img/a.png>>)}@import "er/<<deep/er/file.css>>";@import "../<<other.css>>";',
      ),
    );
  });

  test('a site at the root of its host has no URL of another one', async () => {
    const folders = await assetFolders({ ...others, 'styles.css': 'a{b:url(//foobar)}' }, { url: '/' });
    await folders.collect();
    expect(folders.read('styles.css')).toBe('a{b:url(//foobar)}');
  });

  test('a URL of the CDN that assets are served from is one of theirs', async () => {
    const cdn = 'https://cdn.example/static/';
    const text: readonly [string, string] = [
      `a{b:url(${cdn}img/a.png);c:url(/static/img/a.png)}`,
      `a{b:url(${cdn}img/<<img/a.png>>);c:url(/static/img/<<img/a.png>>)}`,
    ];
    const { got, expected } = await rewritten('styles.css', text, { url: cdn });
    expect(got).toBe(expected);
  });
});

describe('in a script', () => {
  const rewrite = { rewrite: { js: true } };

  test.each<readonly [string, string]>([
    ["import a from './other.js';", "import a from './<<other.js>>';"],
    ['import * as a from "./other.js"', 'import * as a from "./<<other.js>>"'],
    ['import*as a from"./other.js";', 'import*as a from"./<<other.js>>";'],
    [
      'import {\n  a as b,\n  c,\n} from "./other.js";',
      'import {\n  a as b,\n  c,\n} from "./<<other.js>>";',
    ],
    ['import "./other.js";', 'import "./<<other.js>>";'],
    ["export { a } from './other.js';", "export { a } from './<<other.js>>';"],
    ["export * from './other.js';", "export * from './<<other.js>>';"],
    ["import('./other.js').then(run);", "import('./<<other.js>>').then(run);"],
    ['import(/* webpack */ `./other.js`);', 'import(/* webpack */ `./<<other.js>>`);'],
    ["import a from '/static/other.js';", "import a from '/static/<<other.js>>';"],
    ["export const a = 1;\nimport './other.js';", "export const a = 1;\nimport './<<other.js>>';"],
    ['a();\n//# sourceMappingURL=other.js.map\n', 'a();\n//# sourceMappingURL=<<other.js.map>>\n'],
  ])('%j is replaced', async (text, expected) => {
    const { got, ...rest } = await rewritten('app.js', [text, expected], rewrite);
    expect(got).toBe(rest.expected);
  });

  test.each([
    "import a from 'bare';",
    "import a from 'https://example.com/x.js';",
    "// import a from './gone.js';",
    "/* import a from './gone.js'; */",
    'const text = "import a from \'./gone.js\'";',
    'const text = `import a from "./gone.js"`;',
    '/** @type {import("./gone.js").A} */',
    'import(variable);',
    `import(\`./\${name}.js\`);`,
    'const matched = /import "\\.\\/gone.js"/;',
    'const line = `\n//# sourceMappingURL=gone.map\n`;\nrun(line);',
    '//# SourceMappingURL=gone.map',
    '//# sourceMappingURL=data:application/json;base64,e30=',
  ])('%j stays as it is', async (text) => {
    const { got } = await rewritten('app.js', same(text), rewrite);
    expect(got).toBe(text);
  });

  test('imports are left alone unless the site asks; the source map never is', async () => {
    const text = "import './gone.js';\n//# sourceMappingURL=other.js.map";
    const { got, expected } = await rewritten('app.js', [
      text,
      text.replace('other.js.map', '<<other.js.map>>'),
    ]);
    expect(got).toBe(expected);
  });

  test('what is no script is collected as it is, with a warning', async () => {
    const { got, report } = await rewritten('app.js', same('import from from ( "'), rewrite);
    expect(got).toBe('import from from ( "');
    expect(report.warnings).toEqual([expect.stringContaining('app.js could not be read')]);
  });
});

describe('in markup', () => {
  test.each<readonly [string, string]>([
    ['<img src="img/a.png">', '<img src="img/<<img/a.png>>">'],
    ['<IMG SRC=img/a.png>', '<IMG SRC=img/<<img/a.png>>>'],
    ["<img srcset='img/a.png 1x, icon.png 2x'>", "<img srcset='img/<<img/a.png>> 1x, <<icon.png>> 2x'>"],
    ['<link rel="stylesheet" href="other.css">', '<link rel="stylesheet" href="<<other.css>>">'],
    ['<script src="other.js"></script>', '<script src="<<other.js>>"></script>'],
    ['<p style="background:url(icon.png)">', '<p style="background:url(<<icon.png>>)">'],
    ['<style>a{b:url(icon.png)}</style>', '<style>a{b:url(<<icon.png>>)}</style>'],
    ['<video poster="icon.png"></video>', '<video poster="<<icon.png>>"></video>'],
  ])('%s is replaced', async (text, expected) => {
    const { got, ...rest } = await rewritten('page.html', [text, expected], { rewrite: { html: true } });
    expect(got).toBe(rest.expected);
  });

  test.each([
    '<a href="other.css">',
    '<link rel="canonical" href="other.css">',
    '<!-- <img src="img/gone.png"> -->',
    '<script>const html = \'<img src="img/gone.png">\';</script>',
    '<img src="https://example.com/img/a.png" alt="img/a.png">',
    '<img src>',
  ])('%s stays as it is', async (text) => {
    const { got } = await rewritten('page.html', same(text), { rewrite: { html: true } });
    expect(got).toBe(text);
  });

  test('an SVG names images, symbols and styles', async () => {
    const text = [
      '<svg><image xlink:href="img/a.png"/><use href="fonts/font.svg#x"/><style>a{fill:url(#g)}</style></svg>',
      '<svg><image xlink:href="img/<<img/a.png>>"/><use href="fonts/<<fonts/font.svg>>#x"/><style>a{fill:url(#g)}</style></svg>',
    ] as const;
    const { got, expected } = await rewritten('drawing.svg', text, { rewrite: { svg: true } });
    expect(got).toBe(expected);
  });

  test('a web app manifest names its images, and nothing else', async () => {
    const text = [
      '{"name": "icon.png", "start_url": "icon.png",\n "icons": [{"src": "icon.png"}, {"src": "\\u0069con.png"}]}',
      '{"name": "icon.png", "start_url": "icon.png",\n "icons": [{"src": "<<icon.png>>"}, {"src": "<<icon.png>>"}]}',
    ] as const;
    const { got, expected } = await rewritten('app.webmanifest', text, { rewrite: { webmanifest: true } });
    expect(got).toBe(expected);
  });

  test.each(['page.html', 'drawing.svg', 'app.webmanifest'])(
    '%s is left alone unless the site asks',
    async (name) => {
      const text = '<img src="img/gone.png"> {"icons": [{"src": "gone.png"}]}';
      expect((await rewritten(name, same(text))).got).toBe(text);
    },
  );
});

describe('the order of dependencies', () => {
  test('a change reaches every file that refers to it, at any depth', async () => {
    const depth = 200;
    const files: Record<string, string> = { 'leaf.png': 'one' };
    for (let level = 0; level < depth; level += 1)
      files[`level-${level}.css`] =
        level + 1 < depth ? `@import "level-${level + 1}.css";` : 'a{b:url(leaf.png)}';
    const folders = await assetFolders(files);
    await folders.collect();
    const before = Object.keys(files).map((name) => folders.nameOf(name));
    folders.write({ 'leaf.png': 'two' });
    const { changed } = await folders.collect();
    expect(changed).toEqual(Object.keys(files).sort());
    expect(Object.keys(files).filter((name, index) => folders.nameOf(name) === before[index])).toEqual([]);
    expect(folders.read('level-0.css')).toBe(folders.expected('@import "<<level-1.css>>";'));
  });

  test('files that refer to each other share a digest, which changes when any of them does', async () => {
    const circle = (word: string) => ({
      'foo.css': '@import "bar.css";',
      'bar.css': `@import "foo.css"; .${word}{}`,
      'self.css': 'a{b:url(self.css)}',
      'baz.css': '@import "foo.css";',
    });
    const folders = await assetFolders(circle('one'));
    await folders.collect();
    const digestOf = (name: string) => folders.nameOf(name).split('.').at(-2);
    expect(digestOf('foo.css')).toBe(digestOf('bar.css'));
    expect(folders.read('foo.css')).toBe(folders.expected('@import "<<bar.css>>";'));
    expect(folders.read('bar.css')).toBe(folders.expected('@import "<<foo.css>>"; .one{}'));
    expect(folders.read('self.css')).toBe(folders.expected('a{b:url(<<self.css>>)}'));
    const before = ['foo.css', 'bar.css', 'baz.css', 'self.css'].map((name) => folders.nameOf(name));
    folders.write(circle('two'));
    await folders.collect();
    const after = ['foo.css', 'bar.css', 'baz.css', 'self.css'].map((name) => folders.nameOf(name));
    expect(after.map((name, index) => name === before[index])).toEqual([false, false, false, true]);
  });
});

describe('a reference that leads nowhere', () => {
  const faulty = {
    'faulty.css': 'a{}\n  @import "missing.css";\nb{c:url(img/gone.png)}',
    'deep/other.css': 'a{b:url(gone.png)}',
  };

  test('is an error that lists all of them with file, line and column, and nothing is made', async () => {
    const folders = await assetFolders(faulty);
    await expect(folders.collect()).rejects.toMatchObject({
      code: 'ERR_ASSET_REFERENCES',
      message: expect.stringMatching(
        /^3 references have no target:\n.*deep\/other\.css:1:9 .*"gone\.png".*deep\/gone\.png\n.*faulty\.css:2:11 .*missing\.css\n.*faulty\.css:3:9 .*img\/gone\.png\n.*missing: 'warn'/,
      ),
    });
    expect(() => folders.nameOf('faulty.css')).toThrow('has not been collected');
  });

  test('is a warning where the site says so, and stays as it is', async () => {
    const folders = await assetFolders(faulty, { missing: 'warn' });
    const { warnings } = await folders.collect();
    expect(warnings).toHaveLength(3);
    expect(folders.read('faulty.css')).toBe(faulty['faulty.css']);
  });

  test('is never an error for a source map, which packages leave out', async () => {
    const folders = await assetFolders({
      'a.css': 'a{}\n/*# sourceMappingURL=gone.css.map */',
      'a.js': 'a();\n//# sourceMappingURL=gone.js.map',
    });
    expect((await folders.collect()).warnings).toHaveLength(2);
  });
});
