import { expect, test } from 'vitest';
import { namedByBuild } from '../../../src/assets/build/listed.js';

const vite = {
  'src/main.ts': {
    ...{ file: 'assets/main-BmQ3xk9Z.js', name: 'main', src: 'src/main.ts', isEntry: true },
    ...{
      imports: ['_shared-Dc9eXF_b.js'],
      css: ['assets/main-5UjPuW-k.css'],
      assets: ['assets/logo-Ck3jR0aB.svg'],
    },
  },
  '_shared-Dc9eXF_b.js': { file: 'assets/shared-Dc9eXF_b.js', name: 'shared' },
  'src/logo.svg': { file: 'assets/logo-Ck3jR0aB.svg', src: 'src/logo.svg' },
};
/** Written with `entryFileNames` and similar options without a hash: Vite lists such files too. */
const viteWithoutHashes = {
  'src/theme-facade01.css': { file: 'assets/theme-facade01.css', src: 'src/theme-facade01.css' },
  'src/main.ts': { file: 'assets/main.js', name: 'main', src: 'src/main.ts', css: ['assets/main.css'] },
  'src/router-WiFi6Pro.jpg': { file: 'assets/router-WiFi6Pro.jpg', src: 'src/router-WiFi6Pro.jpg' },
};
const stats = {
  publicPath: '/static/',
  assets: [
    { name: 'main.8e0d62a3.js', info: { immutable: true, contenthash: '8e0d62a3' } },
    { name: 'a1b2c3d4e5f60718.png?x', info: { immutable: true, sourceFilename: 'src/logo.png' } },
    { name: 'price-list-10dec2024.pdf', info: { copied: true } },
    { name: 'index.html', info: {} },
  ],
  children: [{ assets: [{ name: 'server.12345678.js', info: { immutable: true } }] }],
};
/** Written by webpack-manifest-plugin, as in Create React App: it lists copied files too. */
const plugin = {
  files: {
    'main.js': '/static/js/main.8e0d62a3.js',
    'static/media/logo.svg': '/static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg',
    'price-list-10dec2024.pdf': '/price-list-10dec2024.pdf',
    'index.html': '/index.html',
    'main.8e0d62a3.js.map': '/static/js/main.8e0d62a3.js.map',
  },
  entrypoints: ['static/js/main.8e0d62a3.js'],
};
const metafile = {
  inputs: {},
  outputs: {
    'dist/app-API-OVERVIEW.js': {
      entryPoint: 'src/app-API-OVERVIEW.ts',
      inputs: { 'src/app-API-OVERVIEW.ts': {} },
    },
    'dist/app.js': { entryPoint: 'src/app.ts', inputs: { 'src/app.ts': {} } },
    'dist/chunk-5DQW2KJ3.js': { inputs: { 'src/shared.ts': {}, 'src/more.ts': {} } },
    'dist/chunk-5DQW2KJ3.js.map': { inputs: {} },
    'dist/logo-ABCDEFGH.png': { inputs: { 'src/logo.png': {} } },
  },
};

test.each<[string, unknown, readonly string[]]>([
  ['Vite', vite, ['main-BmQ3xk9Z.js', 'main-5UjPuW-k.css', 'logo-Ck3jR0aB.svg', 'shared-Dc9eXF_b.js']],
  ['Vite, without hashes', viteWithoutHashes, []],
  ['webpack', stats, ['main.8e0d62a3.js', 'a1b2c3d4e5f60718.png', 'server.12345678.js']],
  [
    'webpack, of several compilers',
    { children: [stats] },
    ['main.8e0d62a3.js', 'a1b2c3d4e5f60718.png', 'server.12345678.js'],
  ],
  ["webpack's plugin", plugin, ['main.8e0d62a3.js', 'logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg']],
  ['esbuild', metafile, ['chunk-5DQW2KJ3.js', 'chunk-5DQW2KJ3.js.map', 'logo-ABCDEFGH.png']],
  [
    'Django',
    { paths: { 'css/base.css': 'css/base.27e20196a850.css' }, version: '1.1' },
    ['base.27e20196a850.css'],
  ],
  ['Rails', { 'app.css': { digested_path: 'app-bfcdf840.css' } }, ['app-bfcdf840.css']],
  ['gulp-rev', { 'css/app.css': 'css/app-098f6bcd46.css', 'a.js': 'a.js' }, ['app-098f6bcd46.css']],
  ['Laravel Mix', { '/js/app.js': '/js/app.js?id=8e0d62a38e0d62a3' }, []],
  ['a web app manifest', { name: 'My-Shop2024', icons: [{ src: 'icon-facade01.png' }] }, []],
  ['something else', ['main.8e0d62a3.js'], []],
  ['nothing', null, []],
])('the names that never change by the manifest of %s', (_, manifest, expected) => {
  const bases = namedByBuild(manifest).map((path) => path.slice(path.lastIndexOf('/') + 1));
  expect([...new Set(bases)].sort()).toEqual([...expected].sort());
});
