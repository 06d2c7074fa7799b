import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slugify } from '../text/slug.js';

/** @import { PostValues } from '../models/posts.js' */

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const FILES = ['README.md', 'docs/architecture.md'];
const FOLDERS = ['docs/guide', 'docs/reference', 'docs/decisions'];
const MINUTE_MS = 60_000;

/** A document is tagged with its folder, and with the subjects that it mentions this often. */
const TELLING_MENTIONS = 5;
const SUBJECTS = ['cluster', 'cookie', 'express', 'headers', 'nginx', 'postgres', 'sqlite', 'tag', 'test'];

/** Code is set aside while links are rewritten. */
const CODE = /(^ *```[\s\S]*?^ *```|`[^`\n]*`)/m;
const LINK = /(?<!!)\[([^\]]*)\]\(([^()\s]+)\)/g;

/**
 * The project's own documentation, a post a file, the first one the newest.
 *
 * @returns {PostValues[]}
 */
export function readDocumentation() {
  const paths = [...FILES, ...FOLDERS.flatMap(markdownIn)].map((name) => resolve(REPOSITORY, name));
  const slugs = slugsByPath(paths.filter((path) => existsSync(path)));
  const documents = [...slugs].map(([path, slug]) => readDocument(path, slug, slugs));
  return (documents.length > 0 ? documents : [welcome()]).map((document, index) => {
    const time = new Date(Date.now() - index * MINUTE_MS).toISOString();
    return { ...document, publishedAt: time, updatedAt: time };
  });
}

/** @param {string} folder */
function markdownIn(folder) {
  const directory = resolve(REPOSITORY, folder);
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  return names.filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`);
}

/**
 * A post is called after its file; where two folders have a file of one name, the later one after its folder too.
 *
 * @param {string[]} paths
 */
function slugsByPath(paths) {
  /** @type {Map<string, string>} */
  const slugs = new Map();
  /** @type {Set<string>} */
  const taken = new Set();
  for (const path of paths) {
    const name = slugify(basename(path, '.md'));
    const slug = taken.has(name) ? `${slugify(basename(dirname(path)))}-${name}` : name;
    slugs.set(path, slug);
    taken.add(slug);
  }
  return slugs;
}

/**
 * @param {string} path
 * @param {string} slug
 * @param {Map<string, string>} slugs
 */
function readDocument(path, slug, slugs) {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const heading = /^# +(.+)\n?/m.exec(text);
  const title = heading?.[1]?.replaceAll(/[`*]/g, '').trim() ?? slug;
  const body = text.replace(heading?.[0] ?? '', '').trim();
  return { slug, title, body: relink(body, dirname(path), slugs), tags: tagsOf(path, text) };
}

/**
 * Links between the documents become links between the posts; links to other files of the repository, text.
 *
 * @param {string} body
 * @param {string} folder
 * @param {Map<string, string>} slugs
 */
function relink(body, folder, slugs) {
  /** @type {(link: string, text: string, address: string) => string} */
  const replaceLink = (link, text, address) => {
    if (/^(?:[a-z]+:|[/#])/i.test(address)) return link;
    const [file = '', fragment = ''] = address.split(/(?=#)/);
    const slug = slugs.get(resolve(folder, file));
    return slug === undefined ? text : `[${text}](/posts/${slug}${fragment})`;
  };
  const isCode = (/** @type {number} */ index) => index % 2 === 1; // split() puts what the group matched at odd places
  const parts = body.split(CODE);
  return parts.map((part, index) => (isCode(index) ? part : part.replace(LINK, replaceLink))).join('');
}

/**
 * @param {string} path
 * @param {string} text
 */
function tagsOf(path, text) {
  const folder = basename(dirname(path));
  const kind = FOLDERS.includes(`docs/${folder}`) ? folder : 'project';
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const isTelling = (/** @type {string} */ subject) =>
    words.filter((word) => word === subject).length >= TELLING_MENTIONS;
  return [kind, ...SUBJECTS.filter(isTelling)];
}

function welcome() {
  const body =
    'The documentation of this project appears here as soon as there is some. Until then, **edit this post**.';
  return { slug: 'welcome', title: 'Welcome', body, tags: ['project'] };
}
