// Runs the code of documentation pages, block after block: started by project.ts, and told the folder and WEB_ROOT of each
// page, then the file of each of its blocks. What the blocks of a page take for granted is global here: an app with a few
// routes, its pages, a model with save hooks and a database. Pages that follow share the packages that are loaded, and no more.

import { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'node:net';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import express from 'express';
import { defineConfig, StaticGeneratorError, staticGenerator } from 'staticgenerator';

const own = new Set(Object.getOwnPropertyNames(globalThis));

/** The servers and sockets that the page has opened, because the next page may need the same ports. */
const opened = new Set();
for (const [prototype, name] of [
  [Server.prototype, 'listen'],
  [Socket.prototype, 'bind'],
]) {
  const open = prototype[name];
  prototype[name] = function (...words) {
    opened.add(this);
    return open.apply(this, words);
  };
}

/** Prepares the stage for a page. */
function prepare({ folder, webRoot }) {
  for (const one of opened) close(one);
  opened.clear();
  for (const name of Object.getOwnPropertyNames(globalThis)) if (!own.has(name)) delete globalThis[name];
  process.chdir(folder);
  const Post = createModel();
  const post = new Post({ id: 42, slug: 'hello', title: 'Hello', tags: ['tea'] });
  const author = { id: 7, name: 'Ann' };
  const database = {
    posts: () => Post.all(),
    post: (slug) => Post.find(slug),
    save: async (saved) => saved,
    transaction: async (work) => await work(),
  };
  Object.assign(globalThis, { express, staticGenerator, defineConfig, StaticGeneratorError, finishBlock });
  Object.assign(globalThis, { Post, post, author, database, render, webRoot, urls: [/^\//] });
  provide('pages', () => {
    const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
    pages.attach((request, response) => globalThis.app(request, response));
    return pages;
  });
  provide('app', () => {
    const app = express();
    app.use(globalThis.pages.middleware);
    for (const path of ['/', '/feed.xml', '/posts/hello', '/tags/tea/'])
      app.get(path, (_request, response) => void response.type('html').send(`page ${path}`));
    return app;
  });
}

function close(one) {
  try {
    one.close();
  } catch {
    // The page itself has closed the server.
  }
  one.closeAllConnections?.();
}

function createModel() {
  const posts = new Map();
  const hooks = [];
  return class Post {
    constructor({ id, slug, title, tags = [] }) {
      Object.assign(this, { id, slug, title, tags });
      posts.set(slug, this);
    }

    static async all() {
      return [...posts.values()];
    }

    static async find(slug) {
      return posts.get(slug);
    }

    static afterSave(hook) {
      hooks.push(hook);
    }

    getAbsoluteUrl() {
      return `/posts/${this.slug}`;
    }

    async save() {
      for (const hook of hooks) await hook(this);
    }
  };
}

/** Returns what a template engine could make of its data. */
function render(view, data) {
  return `<!doctype html><title>${view}</title><p>${Object.keys(data).join(', ')}`;
}

/** Makes a global value only when a block uses it, so that it does not disturb pages that a block makes itself. */
function provide(name, make) {
  let made;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      made ??= make();
      return made;
    },
  });
}

/** Sample values for the parameters of routes. */
const parameters = { slug: 'hello', id: '42', tag: 'tea', name: 'ann', page: '2' };
const visited = new WeakSet();

/** Calls the functions of a block, and visits its routes. The runner appends a call of this function to every block. */
async function finishBlock({ functions, app, pages }) {
  for (const [work, names] of functions) await work(...names.map(stageValue));
  await globalThis.post.save();
  // The pages that the visits have stored would surprise the page's own commands.
  if (await visitRoutes(app)) await pages?.quickDelete('/**');
}

function stageValue(name) {
  if (name in globalThis) return globalThis[name];
  throw new Error(`The stage has no value for the parameter ${name}`);
}

async function visitRoutes(app) {
  const routes = (app?.router?.stack ?? []).flatMap(({ route }) => (route === undefined ? [] : [route]));
  const fresh = routes.filter(
    (route) => !visited.has(route) && typeof route.path === 'string' && route.methods.get,
  );
  if (fresh.length === 0) return false;
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  for (const route of fresh) {
    visited.add(route);
    const path = route.path.replaceAll(/:(\w+)/g, (_, name) => parameters[name] ?? `no-value-for-${name}`);
    const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { redirect: 'manual' });
    const text = await answer.text();
    if (answer.status >= 500) throw new Error(`GET ${path} was answered with ${answer.status}: ${text}`);
  }
  server.close();
  server.closeAllConnections();
  return true;
}

let lines = [];
console.log = (...values) => void lines.push(format(...values));

process.on('message', async ({ file, ...page }) => {
  lines = [];
  try {
    if (file === undefined) prepare(page);
    else await import(pathToFileURL(file).href);
    process.send?.({ output: lines.join('\n') });
  } catch (error) {
    process.send?.({ error: format(error) });
  }
});
// A page may have opened what would keep the process alive.
process.on('disconnect', () => process.exit());
process.send?.({ output: 'ready' });
