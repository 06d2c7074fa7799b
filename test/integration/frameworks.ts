import 'reflect-metadata';
import { once } from 'node:events';
import type http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import middie from '@fastify/middie';
import {
  Controller,
  Get,
  Header,
  type INestApplication,
  Inject,
  Module,
  Param,
  Post,
  Redirect,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import connect from 'connect';
import express, { type Express, type IRouter } from 'express';
import fastify from 'fastify';
import { onTestFinished } from 'vitest';
import type { StaticGenerator } from '../../src/index.js';
import { listen } from '../helpers/site/site.js';
import { type Blog, HTML, XML } from './blog.js';

/** Serves the blog as is usual in a framework, with our middleware first. Returns the port. */
export type StartFramework = (pages: StaticGenerator, blog: Blog) => Promise<number>;

export interface Framework {
  readonly start: StartFramework;
  /** The path where the blog is mounted. */
  readonly prefix?: string;
}

/** Installed in addition to Express 5, under a name without types. The functions that are used here are the same. */
const express4: () => Express = createRequire(import.meta.url)('express4');

export const frameworks: Readonly<Record<string, Framework>> = {
  'Express 5': { start: (pages, blog) => startExpress(express, pages, blog) },
  'Express 4': { start: (pages, blog) => startExpress(express4, pages, blog) },
  'a router that is mounted in an app': { start: startRouter, prefix: '/blog' },
  'a sub-app that is mounted in an app': { start: startSubApp, prefix: '/sites/blog' },
  'node:http alone': { start: startNodeHttp },
  Connect: { start: startConnect },
  'Fastify with its middleware bridge': { start: startFastify },
  'NestJS on Express': { start: startNest },
};

async function startExpress(create: () => Express, pages: StaticGenerator, blog: Blog): Promise<number> {
  const app = create();
  app.use(pages.middleware);
  pages.attach(app);
  addRoutes(app, blog);
  return await listen(app);
}

async function startRouter(pages: StaticGenerator, blog: Blog): Promise<number> {
  const app = express();
  const router = express.Router();
  router.use(pages.middleware);
  addRoutes(router, blog);
  app.use('/blog', router);
  pages.attach(app);
  return await listen(app);
}

async function startSubApp(pages: StaticGenerator, blog: Blog): Promise<number> {
  const [app, sites, inner] = [express(), express(), express()];
  inner.use(pages.middleware);
  addRoutes(inner, blog);
  sites.use('/blog', inner);
  app.use('/sites', sites);
  pages.attach(app);
  return await listen(app);
}

function addRoutes(app: IRouter, blog: Blog): void {
  app.get('/posts/:slug', (request, response, next) => {
    blog.post(String(request.params.slug)).then((html) => response.send(html), next);
  });
  app.get('/api/posts', (_request, response, next) => {
    blog.posts().then((posts) => response.json(posts), next);
  });
  app.get('/feed.xml', (_request, response) => {
    response.type(XML).send(blog.feed());
  });
  app.get('/preview', (_request, response, next) => {
    blog.preview().then((html) => response.send(html), next);
  });
  app.get('/broken', (_request, response) => {
    response.status(500).send('broken');
  });
  app.post('/posts/:slug', (request, response) => {
    response.redirect(303, request.originalUrl);
  });
}

async function startNodeHttp(pages: StaticGenerator, blog: Blog): Promise<number> {
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    pages.middleware(request, response, () => answer(request, response, blog));
  pages.attach(listener);
  return await listen(listener);
}

async function startConnect(pages: StaticGenerator, blog: Blog): Promise<number> {
  const app = connect();
  app.use(pages.middleware);
  app.use((request, response) => void answer(request, response, blog));
  pages.attach(app);
  return await listen(app);
}

/** Answers for the blog without any framework. */
async function answer(request: IncomingMessage, response: ServerResponse, blog: Blog): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, slug] = /^\/posts\/([^/]+)$/.exec(pathname) ?? [];
  const end = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'Content-Type': type }).end(body);
  if (slug !== undefined && request.method === 'POST') response.writeHead(303, { Location: pathname }).end();
  else if (slug !== undefined) end(200, HTML, await blog.post(slug));
  else if (pathname === '/api/posts')
    end(200, 'application/json; charset=utf-8', JSON.stringify(await blog.posts()));
  else if (pathname === '/feed.xml') end(200, XML, blog.feed());
  else if (pathname === '/preview') end(200, HTML, await blog.preview());
  else if (pathname === '/broken') end(500, HTML, 'broken');
  else end(404, HTML, 'not found');
}

async function startFastify(pages: StaticGenerator, blog: Blog): Promise<number> {
  const app = fastify();
  await app.register(middie);
  app.use(pages.middleware);
  app.get<{ Params: { slug: string } }>('/posts/:slug', async (request, reply) => {
    reply.type(HTML);
    return await blog.post(request.params.slug);
  });
  app.get('/api/posts', async () => await blog.posts());
  app.get('/feed.xml', (_request, reply) => reply.type(XML).send(blog.feed()));
  app.get('/preview', async (_request, reply) => {
    reply.type(HTML);
    return await blog.preview();
  });
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  app.post('/posts/:slug', (request, reply) => reply.redirect(request.url, 303));
  await app.listen({ port: 0, host: '127.0.0.1' });
  pages.attach(app.routing);
  onTestFinished(() => app.close());
  return (app.server.address() as AddressInfo).port;
}

class BlogController {
  readonly #blog: Blog;

  constructor(blog: Blog) {
    this.#blog = blog;
  }

  post(slug: string): Promise<string> {
    return this.#blog.post(slug);
  }

  posts(): Promise<object> {
    return this.#blog.posts();
  }

  feed(): string {
    return this.#blog.feed();
  }

  preview(): Promise<string> {
    return this.#blog.preview();
  }

  broken(): never {
    throw new Error('broken');
  }

  save(slug: string): object {
    return { url: `/posts/${slug}` };
  }
}

class BlogModule {}

const BLOG = 'blog';

/**
 * Does what `@Controller() class BlogController { @Get('posts/:slug') post(@Param('slug') slug: string) … }` compiles
 * to.
 */
function decorate(): void {
  const { prototype } = BlogController;
  const method = (name: keyof BlogController, ...decorators: readonly MethodDecorator[]) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) for (const one of decorators) one(prototype, name, descriptor);
  };
  Controller()(BlogController);
  Inject(BLOG)(BlogController, undefined, 0);
  method('post', Get('posts/:slug'));
  Param('slug')(prototype, 'post', 0);
  method('posts', Get('api/posts'));
  method('feed', Get('feed.xml'), Header('Content-Type', XML));
  method('preview', Get('preview'));
  method('broken', Get('broken'));
  method('save', Post('posts/:slug'), Redirect('/', 303));
  Param('slug')(prototype, 'save', 0);
}

decorate();

async function startNest(pages: StaticGenerator, blog: Blog): Promise<number> {
  const module = {
    module: BlogModule,
    controllers: [BlogController],
    providers: [{ provide: BLOG, useValue: blog }],
  };
  Module({})(BlogModule);
  const app: INestApplication = await NestFactory.create(module, new ExpressAdapter(), { logger: false });
  app.use(pages.middleware);
  await app.listen(0, '127.0.0.1');
  pages.attach(app.getHttpAdapter().getInstance());
  onTestFinished(() => app.close());
  const server: http.Server = app.getHttpServer();
  if (!server.listening) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
