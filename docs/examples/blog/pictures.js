import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assets } from 'staticgenerator/assets';
import { hostFolder } from './folder.js';

/**
 * The folders of the pictures in posts. A post names one as `asset:name.svg`, and its page has the URL that `assetUrl`
 * returns.
 */
const FOLDERS = ['pictures', '../../pictures'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** In the mode `development` each picture is found in its folder, so that no files have to be collected in `root`. */
const { middleware, assetUrl, find } = assets({
  dirs: FOLDERS,
  root: join(hostFolder, 'pictures'),
  url: '/pictures/',
  mode: 'development',
});

export const servePictures = middleware;

/**
 * Returns the URL of a picture, or undefined if there is none with this name.
 *
 * @param {string} name
 */
export function pictureUrl(name) {
  return find(name).length > 0 ? assetUrl(name) : undefined;
}
