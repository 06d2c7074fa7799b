/** Tests the types of the public interface with `tsc --noEmit`. Functions here are compiled but never called. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import { pino } from 'pino';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { purge } from '../src/cluster/cdn/index.js';
import {
  type CdnOptions,
  type CdnService,
  type DeleteOptions,
  type DeleteReport,
  defineConfig,
  type ErrorCode,
  type ErrorFields,
  type HasAbsoluteUrl,
  type HasAll,
  type KeptPage,
  type Logger,
  type NginxForm,
  type NginxOptions,
  type OptionProblem,
  type Options,
  type PublishRefusal,
  type PublishReport,
  type PurgeOrder,
  type PurgeUrls,
  type Refresh,
  type StaticGenerator,
  StaticGeneratorError,
  type Stored,
  staticGenerator,
  type Target,
  type UrlRule,
} from '../src/index.js';

class Post {
  constructor(readonly slug: string) {}

  static async all(): Promise<Post[]> {
    return [];
  }

  getAbsoluteUrl(): string {
    return `/posts/${this.slug}`;
  }
}

describe('the option cdn', () => {
  test('is what a service is, what purges, or more of it', () => {
    expectTypeOf<Options['cdn']>().toEqualTypeOf<CdnService | PurgeUrls | CdnOptions | undefined>();
    expectTypeOf(purge).returns.toEqualTypeOf<CdnService>();
    expectTypeOf<PurgeOrder['signal']>().toEqualTypeOf<AbortSignal>();
    // @ts-expect-error the addresses are missing
    expect(() => purge({})).toThrow();
    // @ts-expect-error it gives no promise
    defineConfig({ urls: [], cdn: () => 1 });
  });
});

describe('the options', () => {
  test('need urls and nothing else', () => {
    expectTypeOf<{ urls: [] }>().toExtend<Options>();
    expectTypeOf<Pick<Options, 'urls'>>().toEqualTypeOf<{ readonly urls: readonly UrlRule[] }>();
    // @ts-expect-error urls are missing
    defineConfig({ webRoot: 'var/www' });
    expectTypeOf(staticGenerator).parameters.toEqualTypeOf<[options: Options]>();
    expectTypeOf(defineConfig).returns.toEqualTypeOf<Options>();
  });

  test('have the types that are documented', () => {
    defineConfig({
      webRoot: '/var/www/blog',
      urls: [/^\/$/, '^/feed\\.xml$'],
      excludeUrls: [/^\/posts\/draft-/],
      hosts: ['example.com'],
      ignoreQuery: ['utm_*'],
      bypassCookies: ['basket'],
      ignoreCookies: { add: ['theme'], remove: ['_ga*'] },
      headers: { 'X-Frame-Options': 'DENY' },
      types: { xml: 'application/rss+xml; charset=utf-8' },
      maxBodyBytes: 1024,
      bodyMarkers: ['name="_csrf"'],
      version: '1.2.3',
      refresh: 'regenerate',
      logger: pino({ level: 'silent' }),
      app: () => import('./vitest.config.js'),
      cdn: {
        service: purge({ urls: ['http://10.0.0.7:6081'] }),
        headers: { 'CDN-Cache-Control': 'max-age=60' },
      },
    });
    defineConfig({ urls: [], cdn: async (urls, { all, tags }) => void [urls.length, all, tags.length] });
    defineConfig({ urls: [], logger: false });
    defineConfig({ urls: [], logger: console });
  });

  test('refuse what cannot be meant', () => {
    // @ts-expect-error a single pattern is no list
    defineConfig({ urls: /^\// });
    // @ts-expect-error a typo
    defineConfig({ urls: [], webroot: '/var/www' });
    // @ts-expect-error an extension that is not known
    defineConfig({ urls: [], types: { php: 'text/html' } });
    // @ts-expect-error a list is changed by two names only
    defineConfig({ urls: [], bypassCookies: { replace: ['basket'] } });
    // @ts-expect-error a header of several values
    defineConfig({ urls: [], headers: { 'X-A': ['a', 'b'] } });
    // @ts-expect-error a size with a unit
    defineConfig({ urls: [], maxBodyBytes: '5 MB' });
    // @ts-expect-error another way to refresh
    defineConfig({ urls: [], refresh: 'replace' });
    // @ts-expect-error true is no logger
    defineConfig({ urls: [], logger: true });
    // @ts-expect-error the app itself, where a function that imports it is expected
    defineConfig({ urls: [], app: './app.js' });
  });

  test('may be given as constants', () => {
    const options = { urls: [/^\//], hosts: ['a.example'] } as const;
    expectTypeOf(options).toExtend<Options>();
  });
});

describe('the members', () => {
  test('fit Express, Connect and node:http', () => {
    const use = (pages: StaticGenerator, request: IncomingMessage, response: ServerResponse) => {
      const app = express();
      app.use(pages.middleware);
      app.get('/', pages.middleware, (_request, answer) => void answer.send(''));
      express.Router().use(pages.middleware);
      pages.attach(app);
      pages.attach((_request, answer) => void answer.end());
      pages.middleware(request, response, () => undefined);
      const decide = ({ ip }: express.Request) => ip === '::1';
      app.use('/pages', pages.api({ authorize: decide }));
      app.use(pages.api({ authorize: decide }).purge);
    };
    expectTypeOf(use).toBeFunction();
    expectTypeOf<StaticGenerator['attach']>().parameters.toEqualTypeOf<[app: RequestListener]>();
  });

  test('can be taken off the object', () => {
    const take = (options: Options) => {
      const {
        api,
        attach,
        close,
        dashboard,
        exportSite,
        handler,
        island,
        islandScript,
        metrics,
        middleware,
        nginx,
        quickDelete,
        quickPublish,
        route,
        skip,
        tag,
        track,
        untracked,
        variant,
      } = staticGenerator(options);
      return {
        api,
        attach,
        close,
        dashboard,
        exportSite,
        handler,
        island,
        islandScript,
        metrics,
        middleware,
        nginx,
        quickDelete,
        quickPublish,
        route,
        skip,
        tag,
        track,
        untracked,
        variant,
      };
    };
    expectTypeOf(take).returns.toEqualTypeOf<{
      -readonly [Name in keyof StaticGenerator]: StaticGenerator[Name];
    }>();
  });

  test('cannot be replaced', () => {
    const replace = (pages: StaticGenerator) => {
      // @ts-expect-error read-only
      pages.close = async () => undefined;
    };
    expectTypeOf(replace).toBeFunction();
  });

  test('give what is documented', () => {
    expectTypeOf<ReturnType<StaticGenerator['quickDelete']>>().toEqualTypeOf<Promise<DeleteReport>>();
    expectTypeOf<DeleteReport['deleted']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<DeleteReport['regenerated']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<DeleteReport['kept']>().toEqualTypeOf<readonly KeptPage[]>();
    expectTypeOf<ReturnType<StaticGenerator['quickPublish']>>().toEqualTypeOf<Promise<PublishReport>>();
    expectTypeOf<PublishReport['stored']>().toEqualTypeOf<readonly Stored[]>();
    expectTypeOf<PublishReport['refused']>().toEqualTypeOf<readonly PublishRefusal[]>();
    expectTypeOf<PublishRefusal['path']>().toEqualTypeOf<string>();
    expectTypeOf<Stored>().toHaveProperty('path').toEqualTypeOf<string>();
    expectTypeOf<ReturnType<StaticGenerator['close']>>().toEqualTypeOf<Promise<void>>();
  });

  test('give the text for nginx', () => {
    expectTypeOf<StaticGenerator['nginx']>().toEqualTypeOf<(options?: NginxOptions) => string>();
    expectTypeOf<NginxOptions['form']>().toEqualTypeOf<NginxForm | undefined>();
  });

  test('take routes with their parameters', () => {
    const declare = (pages: StaticGenerator) => {
      pages.route('/about');
      pages.route(/^\/(\d+)$/, { params: [['1'], { 0: 1 }], file: '{}.html', statuses: [200, 404] });
      pages.route('/posts/:slug', { params: () => Post.all() });
      pages.route('/posts/:slug', { params: new Set(['a']), variants: false });
      pages.route('/posts/:slug', {
        async *params() {
          yield { slug: 'hello' };
        },
      });
      pages.route('/posts/:id', { params: [1, 2n, 'three'] });
      // @ts-expect-error a typo
      pages.route('/posts/:id', { param: [] });
      // @ts-expect-error one status, which is to be a list
      pages.route('/404', { statuses: 404 });
    };
    expectTypeOf(declare).toBeFunction();
  });

  test('take tags and reasons as text', () => {
    const say = (pages: StaticGenerator) => {
      pages.tag('post:1', 'post:2');
      pages.tag();
      pages.skip();
      pages.skip('a draft');
      // @ts-expect-error no text
      pages.tag(42);
      // @ts-expect-error a list, which is to be spread
      pages.tag(['post:1']);
    };
    expectTypeOf(say).toBeFunction();
  });
});

describe('a target', () => {
  test('is whatever names pages', () => {
    expectTypeOf<string>().toExtend<Target>();
    expectTypeOf<URL>().toExtend<Target>();
    expectTypeOf<{ tag: string }>().toExtend<Target>();
    expectTypeOf<{ tag: string[] }>().toExtend<Target>();
    expectTypeOf<Post>().toExtend<Target>();
    expectTypeOf<Post>().toExtend<HasAbsoluteUrl>();
    expectTypeOf<{ getAbsoluteUrl(): Promise<string[]> }>().toExtend<Target>();
    expectTypeOf<typeof Post>().toExtend<HasAll>();
    expectTypeOf<{ all(): AsyncGenerator<Post> }>().toExtend<Target>();
    expectTypeOf<Target[]>().toExtend<Target>();
    expectTypeOf<Set<string>>().toExtend<Target>();
    expectTypeOf<Generator<Post>>().toExtend<Target>();
    expectTypeOf<AsyncGenerator<Post | string>>().toExtend<Target>();
    expectTypeOf<(string | Post[])[][]>().toExtend<Target>();
    const name = (pages: StaticGenerator, post: Post) => [
      pages.quickDelete(),
      pages.quickDelete(post, '/', ['/a', [post]], Post, { tag: 'post:1' }, new URL('http://localhost/')),
      pages.quickPublish(Post, '/'),
    ];
    expectTypeOf(name).toBeFunction();
  });

  test('may be followed by how it is refreshed', () => {
    expectTypeOf<DeleteOptions>().toEqualTypeOf<{ readonly refresh: Refresh }>();
    const name = (pages: StaticGenerator) => pages.quickDelete('/', '/a', { refresh: 'regenerate' });
    expectTypeOf(name).returns.toEqualTypeOf<Promise<DeleteReport>>();
  });

  test('is nothing else', () => {
    expectTypeOf<number>().not.toExtend<Target>();
    expectTypeOf<undefined>().not.toExtend<Target>();
    expectTypeOf<null>().not.toExtend<Target>();
    expectTypeOf<RegExp>().not.toExtend<Target>();
    expectTypeOf<Promise<string>>().not.toExtend<Target>();
    expectTypeOf<{ tag: number }>().not.toExtend<Target>();
    expectTypeOf<{ slug: string }>().not.toExtend<Target>();
    expectTypeOf<{ getAbsoluteUrl(): number }>().not.toExtend<Target>();
    expectTypeOf<number[]>().not.toExtend<Target>();
    expectTypeOf<Promise<Post[]>>().not.toExtend<Target>();
  });
});

describe('an error', () => {
  test('is told from others by its class, and what it is by its code', () => {
    expectTypeOf<StaticGeneratorError>().toExtend<Error>();
    expectTypeOf<StaticGeneratorError['code']>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<StaticGeneratorError['fields']>().toEqualTypeOf<ErrorFields>();
    expectTypeOf<StaticGeneratorError['path']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<OptionProblem>().toEqualTypeOf<{ readonly option: string; readonly message: string }>();
    const judge = (error: unknown) => {
      if (!(error instanceof StaticGeneratorError)) return undefined;
      // @ts-expect-error no such code
      if (error.code === 'ERR_NO_SUCH_CODE') return undefined;
      return error.code === 'ERR_BAD_TARGET' ? error.fields.target : error.path;
    };
    expectTypeOf(judge).toBeFunction();
  });
});

test('a logger is four methods', () => {
  expectTypeOf<keyof Logger>().toEqualTypeOf<'debug' | 'info' | 'warn' | 'error'>();
  expectTypeOf<typeof console>().toExtend<Logger>();
  expectTypeOf(pino()).toExtend<Logger>();
  expectTypeOf<Pick<Console, 'info' | 'warn' | 'error'>>().not.toExtend<Logger>();
});
