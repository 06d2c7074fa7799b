import { typeByName } from '../../deploy/content-types.js';
import { messageOf } from '../../errors.js';
import { decode } from '../../files/compress.js';
import { bareName } from '../../page/layout.js';
import { explainReason, type Refusal } from '../../page/reasons.js';
import { judgeFreshness } from '../../page/response/cache-control.js';
import type { PublishOptions } from '../../publish/options.js';
import type { Publisher } from '../../publish/publish.js';
import type { SyntheticResponse } from '../../publish/render/response-reader.js';
import type { RenderContext } from '../../request/render-context.js';
import { isHtmlType } from '../files/layout.js';
import { redirectTarget } from '../files/redirect-page.js';
import { AnswerProblem, type Job } from './job.js';

/** The response of a page, as it can be exported. */
export interface PageAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  /** The target, if it is a redirect. */
  readonly redirect: URL | undefined;
  readonly tags: readonly string[];
  /** See {@link RenderRecord}. */
  readonly expiresAt: number | undefined;
  readonly isUnlisted: boolean;
  /** Whether the response says that it never changes (RFC 8246). */
  readonly isImmutable: boolean;
}

export type Renderer = Pick<Publisher, 'renderOnly' | 'thrownBy'>;

const MAX_DECODED_BYTES = 256 * 1024 * 1024;
const EXCERPT_CHARACTERS = 300;

export interface RenderSettings extends PublishOptions {
  readonly host: string;
  /** The site's constant Cache-Control. */
  readonly cacheControl: string | undefined;
}

/** Renders a page. Rejects with an {@link AnswerProblem} for a response that cannot be exported. */
export async function renderPage(
  renderer: Renderer,
  job: Job,
  settings: RenderSettings,
): Promise<PageAnswer> {
  const target = { kind: 'path', value: job.path, host: settings.host } as const;
  const { response, context } = await renderer.renderOnly(target, settings);
  if (context?.refusal !== undefined) throw new AnswerProblem(problemOf(context.refusal), response.status);
  const isExpected = job.statuses.includes(response.status);
  const redirect = isExpected
    ? undefined
    : redirectOf(response, new URL(job.path, `http://${settings.host}`));
  if (isExpected || redirect !== undefined) {
    const coding = codingOf(response);
    const body = coding === 'identity' ? response.body : await decodedBody(response, coding);
    return { body, redirect, ...pageAnswer(job.path, response, { context, ...settings }) };
  }
  const thrown = response.status >= 500 ? await renderer.thrownBy(target, settings) : undefined;
  const why = thrown === undefined ? excerptOf(response) : `: ${messageOf(thrown)}`;
  throw new AnswerProblem(
    `it answered with status ${response.status}, expected ${job.statuses.join(' or ')}${why}`,
    response.status,
    thrown,
  );
}

function problemOf({ reason, detail }: Refusal): string {
  const why = reason === 'skipped' ? 'the app called skip()' : explainReason(reason);
  return `${why}: ${detail}`;
}

function pageAnswer(
  path: string,
  { status, headers }: SyntheticResponse,
  {
    context,
    cacheControl,
  }: Pick<RenderSettings, 'cacheControl'> & { readonly context: RenderContext | undefined },
): Omit<PageAnswer, 'body' | 'redirect'> {
  return {
    status,
    // If the app sends no type, hosts may send the one that the name implies.
    type: textOf(headers, 'content-type') ?? typeByName(path),
    tags: [...(context?.tags ?? [])].sort(),
    expiresAt: context === undefined ? 0 : expiryOf(headers, cacheControl),
    isImmutable: /(?:^|[\s,])immutable(?:$|[\s,])/i.test(textOf(headers, 'cache-control') ?? ''),
    isUnlisted: /\bno(?:index|ne)\b/i.test(textOf(headers, 'x-robots-tag') ?? ''),
  };
}

/** A page that redirects to its own path on another scheme or host would, as a file, lead to itself forever. */
function redirectOf({ status, headers }: SyntheticResponse, pageUrl: URL): URL | undefined {
  const location = textOf(headers, 'location');
  if (status < 300 || status >= 400 || status === 304 || location === undefined) return undefined;
  const target = redirectTarget(location, pageUrl);
  if (target === undefined)
    throw new AnswerProblem(
      `it redirects to ${JSON.stringify(location)}, which is not a web address`,
      status,
    );
  if (target.pathname !== pageUrl.pathname || target.search !== pageUrl.search) return target;
  throw new AnswerProblem(
    `it redirects to itself, as ${target.href}; send the header that it expects with the option \`headers\` (\`x-forwarded-proto: https\`) or \`host\``,
    status,
  );
}

/** Whether a redirect only adds or removes a trailing slash. */
export function isOtherForm(path: string, redirect: URL, host: string): boolean {
  return redirect.host === host && redirect.search === '' && bareName(redirect.pathname) === bareName(path);
}

function codingOf({ headers }: SyntheticResponse): string {
  return (textOf(headers, 'content-encoding') ?? 'identity').toLowerCase();
}

async function decodedBody({ body }: SyntheticResponse, coding: string): Promise<Buffer> {
  if (coding === 'gzip' || coding === 'br' || coding === 'deflate')
    return await decode(body, coding, MAX_DECODED_BYTES);
  throw new Error(`its content coding ${coding} cannot be decoded`);
}

/** Returns when a page must be rendered even if nothing is invalidated: when it expires; 0 if it may not be kept. */
function expiryOf(
  headers: SyntheticResponse['headers'],
  cacheControl: string | undefined,
): number | undefined {
  const freshness = judgeFreshness(headers, cacheControl, Date.now());
  return 'refusal' in freshness ? 0 : freshness.expiresAt;
}

/** Returns what an error page says, for people: its text without markup. */
function excerptOf({ headers, body }: SyntheticResponse): string {
  const type = textOf(headers, 'content-type') ?? '';
  if (!/^(?:text|application\/json)\b/i.test(type)) return '';
  const text = isHtmlType(type)
    ? body.toString().replace(/<(head|style|script)\b.*?<\/\1>|<[^>]*>/gis, ' ')
    : body.toString();
  const excerpt = text.replace(/\s+/g, ' ').trim().slice(0, EXCERPT_CHARACTERS);
  return excerpt === '' ? '' : `: ${excerpt}`;
}

function textOf(headers: SyntheticResponse['headers'], name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : String(value);
}
