import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assets } from 'staticgenerator/assets';
import { hostFolder } from './folder.js';

/** Pictures of posts. A post names one as `asset:name.svg`, and its page has the URL that `assetUrl` gives. */
const FOLDERS = ['pictures', '../../pictures'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** In this mode each picture is looked for in its folder, so that nothing has to be collected in `root`. */
const { middleware, assetUrl, find } = assets({
  dirs: FOLDERS,
  root: join(hostFolder, 'pictures'),
  url: '/pictures/',
  mode: 'development',
});

export const servePictures = middleware;

/**
 * The URL of a picture; undefined if there is none of this name.
 *
 * @param {string} name
 */
export function pictureUrl(name) {
  return find(name).length > 0 ? assetUrl(name) : undefined;
}
