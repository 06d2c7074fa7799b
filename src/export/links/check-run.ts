import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isHtmlType } from '../files/layout.js';
import type { Staging } from '../folder/staging.js';
import type { ExportRun } from '../run.js';
import { deadLinksOf } from './check.js';

/** Checks the links in the pages and style sheets of an export that is about to be put in place. */
export function checkLinks(run: ExportRun, staging: Staging): void {
  const { base, url } = run.options;
  const origins = [`http://${run.host}`, ...(url === undefined ? [] : [url])];
  const served = {
    ...{ has: (file: string) => run.claims.has(file), hosts: new Set(origins.map(hostOf)), base },
    isOfIslands: run.isOfIslands,
  };
  for (const [file, { type, render }] of run.files.records) {
    if (!isHtmlType(type) && !/^text\/css\b/i.test(type)) continue;
    const text = readFileSync(join(staging.folder, file), 'utf8');
    const urls = addressesOf(run, file, render?.variant).map((path) => new URL(path, origins[0]));
    for (const { link, element } of deadLinksOf({ file, urls, type, text }, served)) {
      const message = `its <${element}> ${JSON.stringify(link)} leads nowhere in the export`;
      run.failures.add({ path: render?.path ?? `/${file}`, message });
    }
  }
  run.failures.sort();
}

/** Returns the file's own address, and that of its folder, from which a relative link may lead elsewhere. */
function addressesOf(run: ExportRun, file: string, variant: string | undefined): readonly string[] {
  const path = run.files.pathOf(file, variant);
  return file.endsWith('/index.html') && !path.endsWith('/') ? [path, `${path}/`] : [path];
}

function hostOf(origin: string): string {
  return new URL(origin).host;
}
