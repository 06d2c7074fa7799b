import { isTypeOfName } from '../../deploy/content-types.js';
import { checkContentType } from '../files/content-types.js';
import { fileOfPage, inFolder, isHtmlType } from '../files/layout.js';
import { redirectPageTo } from '../files/redirect-page.js';
import type { AboutFile } from '../files/written.js';
import type { RenderRecord } from '../folder/manifest.js';
import { replaceOrigins } from '../links/origins.js';
import { type PagePlace, targetOf, targetsOf } from '../links/page-links.js';
import { rebase } from '../links/rebase.js';
import type { ExportRunOptions } from '../run-options.js';
import { isOtherForm, type PageAnswer, type Renderer, type RenderSettings, renderPage } from './answer.js';
import { AnswerProblem, type Job } from './job.js';

export interface PageMakerParts {
  readonly publisher: Renderer;
  readonly options: ExportRunOptions;
  /** The host that the requests go to. */
  readonly host: string;
  /** The hosts of the site: this host, and those of the origins that are replaced. */
  readonly hosts: ReadonlySet<string>;
  /** See {@link PagePlace}. */
  readonly ignoresQuery: PagePlace['ignoresQuery'];
  /** The site's constant Cache-Control. */
  readonly cacheControl: string | undefined;
}

/** A page, and the file that it becomes. */
export interface MadePage {
  readonly file: string;
  readonly body: Buffer;
  readonly about: AboutFile;
  /** The targets of its links, if links are followed. */
  readonly links: readonly string[];
}

/** Makes the files of pages from the app's responses. */
export class PageMaker {
  readonly #parts: PageMakerParts;
  /** One string for all equal links, by the link. */
  readonly #links = new Map<string, string>();
  readonly #settings = new Map<Job['variant'], RenderSettings>();

  constructor(parts: PageMakerParts) {
    this.#parts = parts;
  }

  /** Renders a page. `undefined`: the app has no such optional file or 404 page. Rejects if it cannot be exported. */
  async make(job: Job, { crawls }: { readonly crawls: boolean }): Promise<MadePage | undefined> {
    const settings = this.#settingsFor(job.variant);
    const given = await this.#answerTo(job, settings);
    if (given === undefined) return undefined;
    let answer = given;
    const other = this.#otherForm(job, answer);
    if (other !== undefined) answer = await this.#render({ ...job, path: other }, settings);
    if (job.kind === 'not-found' && !isOwnNotFound(answer, job.path)) return undefined;
    const { options, host } = this.#parts;
    const { redirect, isImmutable } = answer;
    const type = redirect === undefined ? answer.type : 'text/html; charset=utf-8';
    const body =
      redirect === undefined
        ? replaceOrigins(rebase(answer.body, type, options.base), type, options)
        : redirectPageTo(redirect, { host, base: options.base });
    const links = crawls ? await this.#linksOf(job, answer) : undefined;
    const kind = redirect === undefined ? kindOf(job) : 'redirect';
    const { path, variant } = job;
    const file =
      job.file === undefined
        ? fileOfPage({ path, type, variant }, options)
        : checkContentType(inFolder(job.file, variant), type, options.contentTypes);
    return {
      file,
      body,
      about: { kind, type, ...(isImmutable && { isImmutable }), render: renderRecord(job, answer, links) },
      links: links ?? [],
    };
  }

  /** Returns `undefined` if an optional file does not exist, or if something else answers in its place. */
  async #answerTo(job: Job, settings: RenderSettings): Promise<PageAnswer | undefined> {
    const rendering = this.#render(job, settings);
    if (job.kind !== 'optional') return await rendering;
    const answer = await rendering.catch((error: unknown) => {
      if (error instanceof AnswerProblem) return undefined;
      throw error;
    });
    return answer?.redirect === undefined && isTypeOfName(job.path, answer?.type ?? '') ? answer : undefined;
  }

  /** Renders a page. A redirect to any origin of the site becomes one to a page of the export. */
  async #render(job: Job, settings: RenderSettings): Promise<PageAnswer> {
    const { publisher, host, hosts } = this.#parts;
    const answer = await renderPage(publisher, job, settings);
    const { redirect } = answer;
    if (redirect === undefined || !hosts.has(redirect.host)) return answer;
    const { pathname, search, hash } = redirect;
    return { ...answer, redirect: new URL(`${pathname}${search}${hash}`, `http://${host}`) };
  }

  #settingsFor(variant: Job['variant']): RenderSettings {
    const known = this.#settings.get(variant);
    if (known !== undefined) return known;
    const { options, host, cacheControl } = this.#parts;
    const headers = { ...options.headers, ...variant?.headers };
    const settings = { ...options, headers, host, cacheControl };
    this.#settings.set(variant, settings);
    return settings;
  }

  /** Returns the target of a redirect that only changes the slash at the end: for a host of folders, it is one page. */
  #otherForm(job: Job, { redirect }: PageAnswer): string | undefined {
    const { options, host } = this.#parts;
    const isOne =
      redirect !== undefined && options.layout === 'folders' && isOtherForm(job.path, redirect, host);
    return isOne ? redirect.pathname : undefined;
  }

  async #linksOf(job: Job, { redirect, body, type }: PageAnswer): Promise<readonly string[]> {
    const pageUrl = new URL(job.path, `http://${this.#parts.host}`);
    const { hosts, ignoresQuery } = this.#parts;
    if (redirect === undefined)
      return (await targetsOf(body, type, { pageUrl, hosts, ignoresQuery })).map((link) =>
        this.#shared(link),
      );
    const target = { kind: 'page', url: redirect } as const;
    return redirect.host === pageUrl.host ? [this.#shared(targetOf(target, ignoresQuery))] : [];
  }

  /** Shares equal links. A link is a part of its whole address, which would stay in memory for each page with it. */
  #shared(link: string): string {
    const known = this.#links.get(link) ?? Buffer.from(link).toString();
    this.#links.set(known, known);
    return known;
  }
}

function kindOf({ kind }: Job): Exclude<Job['kind'], 'optional'> {
  return kind === 'optional' ? 'page' : kind;
}

/** Whether a 404 page is the app's own. If the app has none, finalhandler answers for Express. */
function isOwnNotFound({ type, body }: PageAnswer, path: string): boolean {
  return isHtmlType(type) && !body.includes(`<pre>Cannot GET ${path}</pre>`);
}

function renderRecord(job: Job, answer: PageAnswer, links: readonly string[] | undefined): RenderRecord {
  const { status, tags, expiresAt, isUnlisted } = answer;
  return {
    ...{ path: job.path, status, tags },
    ...(job.variant === undefined ? {} : { variant: job.variant.name }),
    ...(links === undefined ? {} : { links }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isUnlisted ? { isUnlisted } : {}),
  };
}
