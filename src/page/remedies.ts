import type { Reason } from './reasons.js';

/** What can be done about a reason, and the line of the options that does it. */
export interface Remedy {
  readonly text: string;
  readonly line?: string;
}

/** What was refused, as far as it is known. */
export interface RefusedCase {
  /** What exactly was in the way. */
  readonly detail?: string | undefined;
  /** The path of the page, encoded. */
  readonly path?: string | undefined;
  /** The pattern of `urls` that the page belongs to. */
  readonly pattern?: RegExp | undefined;
}

const NEXT_ONE = { text: 'Nothing to do: the next usual request makes the page.' };
const NEXT_RENDER = { text: 'Nothing to do: the next request renders it again.' };

const remedies: Partial<Record<Reason, Remedy | ((refused: RefusedCase) => Remedy)>> = {
  'not-canonical': { text: 'Link to the canonical spelling of the path.' },
  'no-rule': {
    text: 'If these should be pages, add a pattern to `urls`; look at the anchors of those that are there.',
  },
  query: {
    text: 'If the parameter changes nothing, name it. If it selects a page, name it in the rule, with its values (`query`).',
    line: "ignoreQuery: { add: ['name'] }",
  },
  host: { text: 'If the host is one of this site, name it.', line: "hosts: ['example.com']" },
  'bypass-header': { text: 'If no page depends on the header, remove it from `bypassHeaders`.' },
  scheme: { text: 'Redirect to the other scheme, or see that the proxy in front reports the right one.' },
  cookie: { text: 'If the cookie only looks like that of a session, remove it from `bypassCookies`.' },
  'no-term': { text: 'See the hosts below, and the log of this host.' },
  head: NEXT_ONE,
  'http-version': NEXT_ONE,
  'host-spelling': NEXT_ONE,
  'no-store': NEXT_ONE,
  'cookie-present': {
    text: 'If no page depends on the cookie, name it.',
    line: "ignoreCookies: { add: ['name'] }",
  },
  audience: {
    text: 'Nothing to do if few requests are like this; else answer every scheme and Accept alike.',
  },
  'ignored-query': NEXT_ONE,
  'query-spelling': {
    text: 'Write links with the parameters in the order that `why` shows; the first such request makes the page.',
  },
  'asked-rarely': NEXT_ONE,
  'refused-before': { text: 'See why it was refused before. Exclude what can never be stored.' },
  status: leaveOut('Nothing to do for an error. Exclude the URL if it never answers 200.'),
  'set-cookie': leaveOut('Set the cookie only on pages that need it; or exclude the URL.'),
  'cache-control': leaveOut('Send no Cache-Control, or a positive max-age; or exclude the URL.'),
  expires: { text: 'Leave Expires out, or send max-age.' },
  pragma: { text: 'Leave Pragma out.' },
  age: { text: 'Let the app ask the origin, not a cache.' },
  vary: ({ detail }) => {
    const text =
      'Give each variant a URL of its own; or, if few requests have the header, let them bypass the pages.';
    const names = headerNames(detail);
    return names.length === 0 ? { text } : { text, line: `bypassHeaders: { add: ${list(names)} }` };
  },
  'reads-header': readsHeader,
  variant: {
    text: 'Name in the rule of the page the variants that it depends on, and no others; ask for each of them in every page of the rule.',
    line: "variants: { language: { header: 'accept-language', values: ['en', 'de'] } }, urls: [{ match: /^\\/posts$/, variants: ['language'] }]",
  },
  'echoes-request': (refused) => ({
    text: 'Leave the value out of the page; or have it rendered for nobody.',
    ...forNobody(refused),
  }),
  contradicts: {
    text: 'Mount our middleware before what decides it; or name what decides it in `bypassCookies` or `bypassHeaders`.',
  },
  case: { text: 'Link to the spelling in lower case; or enable `case sensitive routing`.' },
  'content-type': { text: 'Send a Content-Type of a whole page.' },
  'content-encoding': { text: 'Send gzip, br, deflate or no content coding.' },
  trailer: { text: 'Send no trailers.' },
  'csp-nonce': leaveOut('Use hashes in place of nonces; or exclude the URL.'),
  'body-marker': leaveOut('Fetch the token by a script; or exclude the URL.'),
  include: {
    text: "Escape `<!--#` in what visitors write, call island() anew for each page, and send HTML in UTF-8; or let the script fetch these islands (`include: 'script'`).",
  },
  'content-length': { text: 'Mend the handler: the body is not as long as its Content-Length.' },
  incomplete: NEXT_RENDER,
  'too-large': { text: 'Raise the limit if such pages are usual.', line: 'maxBodyBytes: 20 * 1024 * 1024' },
  skipped: { text: 'The app called skip(); its reason is beside the URL.' },
  'no-room': { text: 'Raise the bound that is named beside the URL, or make room on the disk.' },
  'bad-tag': { text: 'Shorten or check what becomes a tag.' },
  voided: NEXT_RENDER,
  'context-lost': { text: 'Keep the context of requests in work that they share.' },
  'changes-itself': { text: 'Count views elsewhere, or name the change in `ignore` of the tracking.' },
  closed: NEXT_RENDER,
  fault: { text: 'See the log: the page could not be written.' },
  'not-reached': { text: 'Mount our middleware before what answers.' },
  'render-failed': { text: 'See the log of the app.' },
};

/** What can be done about a refusal; undefined: nothing has to be. */
export function remedyOf(reason: Reason, refused: RefusedCase = {}): Remedy | undefined {
  const remedy = remedies[reason];
  return typeof remedy === 'function' ? remedy(refused) : remedy;
}

function leaveOut(text: string): (refused: RefusedCase) => Remedy {
  return ({ path }) => (path === undefined ? { text } : { text, line: `excludeUrls: [${patternOf(path)}]` });
}

function readsHeader(refused: RefusedCase): Remedy {
  const { detail = '*' } = refused;
  if (detail === '*')
    return { text: 'The app copies all headers: have its pages rendered for nobody.', ...forNobody(refused) };
  const text =
    'If no page depends on the header, ignore it; if few requests have it, let them bypass the pages (`bypassHeaders`).';
  const names = headerNames(detail);
  return names.length === 0 ? { text } : { text, line: `ignoreHeaders: { add: ${list(names)} }` };
}

function forNobody({ pattern }: RefusedCase): { readonly line?: string } {
  return pattern === undefined ? {} : { line: `urls: [{ match: ${String(pattern)}, as: 'nobody' }]` };
}

/** Those that can be named in an option. */
function headerNames(written = ''): readonly string[] {
  return written
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^[\w-]+$/.test(name) && name !== 'accept-encoding');
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

/** The pattern of one path: patterns see it decoded. */
function patternOf(path: string): string {
  return String(new RegExp(`^${decodeURIComponent(path).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`));
}
