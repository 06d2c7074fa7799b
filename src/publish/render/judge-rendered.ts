import { systemErrorCode } from '../../errors.js';
import { decode } from '../../files/compress.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { PLAIN_NAVIGATION } from '../../page/request/audience.js';
import type { GateDecision } from '../../page/request/gate.js';
import type { HeaderLine } from '../../page/response/headers.js';
import { findMarker } from '../../page/response/markers.js';
import { decideResponse, type ResponseRuleOptions, type Storable } from '../../page/response/rules.js';
import { typeOfFile } from '../../page/response/types.js';
import { storedContent } from '../../request/includes/stored-content.js';
import type { RenderedOnly } from '../publish.js';

export interface JudgeParts {
  /** Returns whether a page may answer a GET of this target, and which page. */
  readonly judge: (target: string, host: string) => GateDecision;
  readonly rules: ResponseRuleOptions;
  readonly bodyMarkers: readonly string[];
  readonly maxBodyBytes: number;
}

/** A page as a visitor gets it. */
export interface PageContent {
  readonly body: Buffer;
  readonly headers: readonly HeaderLine[];
}

/** The page that a response would become, or why it would not become one. */
export type Judged = { readonly refusal: Refusal } | { readonly body: Buffer; readonly store: Storable };

/** Judges a response of the application as if it were to be stored. */
export async function judgeRendered(
  { judge, rules, bodyMarkers, maxBodyBytes }: JudgeParts,
  { path, host }: { readonly path: string; readonly host: string },
  { response, context }: RenderedOnly,
): Promise<Judged> {
  const decision = judge(path, host);
  if (decision.outcome === 'bypass') return { refusal: refuse(decision.reason) };
  if (context === undefined) return { refusal: refuse('not-reached') };
  if (context.refusal !== undefined) return { refusal: context.refusal };
  const { status, headers } = response;
  const { page, variants } = decision;
  const language = variants?.languageOf(page.variant ?? '');
  const head = {
    ...{ status, at: Date.now(), accept: PLAIN_NAVIGATION, language, choosing: variants?.headers ?? [] },
    // The middleware adds the language in the same way.
    headers: { ...(language !== undefined && { 'content-language': language }), ...headers },
  };
  const decided = decideResponse(page, head, rules);
  if ('refusal' in decided) return decided;
  const sent = await decoded(response.body, decided.store, maxBodyBytes);
  if (sent === undefined) return { refusal: refuse('content-encoding', decided.store.coding) };
  const content = storedContent(context.includes, sent, {
    page: decision.page,
    store: decided.store,
    types: rules,
  });
  if ('reason' in content) return { refusal: content };
  const { body } = content;
  if (body.length > maxBodyBytes) return { refusal: refuse('too-large') };
  const marker = findMarker(body, bodyMarkers);
  return marker === undefined ? { body, store: decided.store } : { refusal: refuse('body-marker', marker) };
}

/** Returns what a stored page is served with, and what the page that was rendered now would be served with. */
export function contentsOf(
  { rules }: Pick<JudgeParts, 'rules'>,
  stored: {
    readonly path: string;
    readonly body: Buffer;
    readonly file: string;
    readonly headers: readonly HeaderLine[] | undefined;
  },
  { body, store }: Extract<Judged, { readonly store: Storable }>,
): { readonly before: PageContent; readonly after: PageContent } {
  const declared = [...rules.headers].map(([name, { value }]): HeaderLine => [name, value]);
  const ofType = (type: string): readonly HeaderLine[] => [['content-type', type], ...declared];
  const isReplayed = stored.headers !== undefined || store.nodeOnly.length > 0;
  const type = typeOfFile(stored.path, stored.file, rules);
  // A page that nginx may serve has the type of its file.
  const rendered = typeOfFile(stored.path, `.${store.extension}`, rules);
  return {
    before: { body: stored.body, headers: stored.headers ?? ofType(type) },
    after: { body, headers: isReplayed ? store.headers : ofType(rendered) },
  };
}

/** Returns the body without its content coding; `undefined` if it is not in the coding that the head names. */
async function decoded(
  body: Buffer,
  { coding }: Storable,
  maxBodyBytes: number,
): Promise<Buffer | undefined> {
  if (coding === undefined) return body;
  try {
    return await decode(body, coding, maxBodyBytes);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
