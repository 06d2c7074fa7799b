import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { slugify } from '../text/slug.js';

/** @import { PostValues } from '../models/posts.js' */

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const PICTURES = resolve(REPOSITORY, 'docs/pictures');
const FILES = ['README.md', 'docs/architecture.md'];
const FOLDERS = ['docs/guide', 'docs/reference', 'docs/decisions'];
const DAY_MS = 86_400_000;

/** The days between one document and the next, used in turn, so that the dates look natural. */
const DAYS_BETWEEN = [0.4, 2.8, 1.3, 6.1, 3.2, 9.6, 0.7, 4.9];

/** A document gets a tag for its folder, and for each subject that it mentions at least this often. */
const TELLING_MENTIONS = 5;
const SUBJECTS = ['cluster', 'cookie', 'express', 'headers', 'nginx', 'postgres', 'sqlite', 'tag', 'test'];

/** Matches a link or an image, whose text may contain code. Also matches code, because code contains no links. */
const LINK_OR_CODE = /(!?)\[((?:`[^`\n]*`|[^\]`])*)\]\(([^()\s]+)\)|^ *```[\s\S]*?^ *```|`[^`\n]*`/gm;

const NOTE_OR_CODE = /^ *```[\s\S]*?^ *```|^ *<!--[\s\S]*?-->\n/gm;

/**
 * Returns the project's documentation, one post for each file. The first post is the newest.
 *
 * @returns {PostValues[]}
 */
export function readDocumentation() {
  const paths = [...FILES, ...FOLDERS.flatMap(markdownIn)].map((name) => resolve(REPOSITORY, name));
  const slugs = slugsByPath(paths.filter((path) => existsSync(path)));
  const documents = [...slugs].map(([path, slug]) => readDocument(path, slug, slugs));
  let days = 0;
  return (documents.length > 0 ? documents : [welcome()]).map((document, index) => {
    days += DAYS_BETWEEN[index % DAYS_BETWEEN.length] ?? 1;
    const time = new Date(Date.now() - days * DAY_MS).toISOString();
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
 * Returns the slug of each post: the name of its file. If two folders have a file of the same name, the later one's
 * slug also has the name of its folder.
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
  const body = withoutNotes(text.replace(heading?.[0] ?? '', '')).trim();
  return { slug, title, body: relink(body, dirname(path), slugs), tags: tagsOf(path, text) };
}

/**
 * Removes the notes of the documentation's authors. They are HTML comments, which a post would show.
 *
 * @param {string} markdown
 */
function withoutNotes(markdown) {
  return markdown.replace(NOTE_OR_CODE, (all) => (all.trimStart().startsWith('<!--') ? '' : all));
}

/**
 * Turns links between documents into links between posts, and pictures into those of pictures.js. Links to other files
 * of the repository become text, because the site does not have these files.
 *
 * @param {string} body
 * @param {string} folder
 * @param {Map<string, string>} slugs
 */
export function relink(body, folder, slugs) {
  /** @type {(all: string, image?: string, text?: string, address?: string) => string} */
  const replace = (all, image, text = '', address = undefined) => {
    if (address === undefined || /^(?:[a-z]+:|[/#])/i.test(address)) return all;
    const [file = '', fragment = ''] = address.split(/(?=#)/);
    if (image && dirname(resolve(folder, file)) === PICTURES) return `![${text}](asset:${basename(file)})`;
    const slug = image ? undefined : slugs.get(resolve(folder, file));
    return slug === undefined ? text : `[${text}](/posts/${slug}${fragment})`;
  };
  return body.replace(LINK_OR_CODE, replace);
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
