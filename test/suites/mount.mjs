/**
 * Mounts the middleware in front of every server of a process: `NODE_OPTIONS=--import=…/mount.mjs`. Each server is a site of its own, with
 * pages in a folder of its own, because suites have an app for each test, and they all have a `/`. `STATICGENERATOR_MOUNTED` says which
 * URLs become pages: `all` or `none`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { staticGenerator } from '../../dist/index.js';

const urls = process.env.STATICGENERATOR_MOUNTED === 'all' ? [/^\//] : [/^\/no-page-has-this-path$/];
const folder = mkdtempSync(join(tmpdir(), 'suite-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** @type {WeakMap<object, import('../../dist/index.js').StaticGenerator>} */
const sites = new WeakMap();
let count = 0;

function siteOf(server) {
  let site = sites.get(server);
  if (site === undefined) {
    site = staticGenerator({ webRoot: join(folder, String(++count)), urls, logger: false });
    sites.set(server, site);
    // If the process exits meanwhile, the site need not be closed.
    server.once('close', () => void site.close());
  }
  return site;
}

for (const { Server } of [http, https]) {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (event, ...words) {
    if (event !== 'request') return emit.call(this, event, ...words);
    const [request, response] = words;
    siteOf(this).middleware(request, response, (error) => {
      if (error) throw error;
      emit.call(this, event, request, response);
    });
    return true;
  };
}
