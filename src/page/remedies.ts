import type { Reason } from './reasons.js';

/** What can be done about a reason, and the line of the options that does it. */
export interface Remedy {
  readonly text: string;
  readonly line?: string;
}

/** What is known about a refusal. */
export interface RefusedCase {
  /** What exactly prevented the page. */
  readonly detail?: string | undefined;
  /** The path of the page, encoded. */
  readonly path?: string | undefined;
  /** The pattern of `urls` that the page belongs to. */
  readonly pattern?: RegExp | undefined;
}

const NEXT_ONE = { text: 'Nothing to do: the next ordinary request creates the page.' };
const NEXT_RENDER = { text: 'Nothing to do: the next request renders it again.' };

const remedies: Partial<Record<Reason, Remedy | ((refused: RefusedCase) => Remedy)>> = {
  'not-canonical': { text: 'Link to the canonical spelling of the path.' },
  'no-rule': {
    text: 'If these URLs should be pages, add a pattern to `urls`, or check the anchors of the existing ones.',
  },
  query: {
    text: 'If the parameter changes nothing, add it to `ignoreQuery`. If it selects a page, add it to the rule, with its values (`query`).',
    line: "ignoreQuery: { add: ['name'] }",
  },
  host: {
    text: 'If the host belongs to this site, add it to `hosts`, or to `--server-name` of the server in front.',
    line: "hosts: ['example.com']",
  },
  'bypass-header': { text: 'If no page depends on the header, remove it from `bypassHeaders`.' },
  scheme: { text: 'Redirect to the other scheme, or check that the proxy in front reports the right one.' },
  cookie: { text: 'If the cookie is not about a session or a language, remove it from `bypassCookies`.' },
  'no-term': { text: 'See the hosts below, and the log of this host.' },
  head: NEXT_ONE,
  'http-version': NEXT_ONE,
  'host-spelling': NEXT_ONE,
  'no-store': NEXT_ONE,
  'cookie-present': {
    text: 'If no page depends on the cookie, add it to `ignoreCookies`.',
    line: "ignoreCookies: { add: ['name'] }",
  },
  audience: {
    text: 'Nothing to do if there are few such requests. Otherwise, send the same response for every scheme and Accept.',
  },
  'ignored-query': NEXT_ONE,
  'query-spelling': {
    text: 'Write links with the parameters in the order that `why` shows. The first request for such a link creates the page.',
  },
  'asked-rarely': NEXT_ONE,
  'refused-before': {
    text: 'Find out with `why` why it was refused before. Exclude URLs that can never be stored.',
  },
  status: leaveOut('Nothing to do for an error. Exclude the URL if it never answers 200.'),
  'set-cookie': leaveOut('Set the cookie only on pages that need it, or exclude the URL.'),
  'cache-control': leaveOut('Send no Cache-Control, or a positive max-age, or exclude the URL.'),
  expires: { text: 'Remove Expires, or send max-age.' },
  pragma: { text: 'Remove Pragma.' },
  age: { text: 'Let the app ask the origin instead of a cache.' },
  vary: ({ detail }) => {
    const text =
      'Give each version its own URL. Or, if few requests have the header, let them bypass the pages.';
    const names = headerNames(detail);
    return names.length === 0 ? { text } : { text, line: `bypassHeaders: { add: ${list(names)} }` };
  },
  'reads-header': readsHeader,
  variant: {
    text: 'Name in the rule exactly the variants that its pages depend on, and ask for each of them in every page of the rule.',
    line: "variants: { language: { header: 'accept-language', values: ['en', 'de'] } }, urls: [{ match: /^\\/posts$/, variants: ['language'] }]",
  },
  'echoes-request': (refused) => ({
    text: 'Remove the value from the page, or render the page for nobody.',
    ...forNobody(refused),
  }),
  contradicts: {
    text: 'If you have fixed the cause, run `staticgenerator delete` for the URL, or wait ten minutes. Otherwise mount our middleware before the code that decides, or name the cookie in `bypassCookies` or the header in `bypassHeaders`.',
  },
  case: { text: 'Link to the lower-case spelling, or enable `case sensitive routing`.' },
  'content-type': { text: 'Send the Content-Type of a whole page.' },
  'content-encoding': { text: 'Use gzip, br, deflate or no compression.' },
  trailer: { text: 'Send no trailers.' },
  'csp-nonce': leaveOut('Use hashes instead of nonces, or exclude the URL.'),
  'body-marker': leaveOut('Fetch the token with a script, or exclude the URL.'),
  include: {
    text: "Escape `<!--#` in what visitors write, call island() again for each page, and send HTML in UTF-8. Or let the script fetch these islands (`include: 'script'`).",
  },
  'content-length': { text: 'Fix the handler: the length of the body differs from its Content-Length.' },
  incomplete: NEXT_RENDER,
  'too-large': { text: 'If such pages are normal, raise the limit.', line: 'maxBodyBytes: 20 * 1024 * 1024' },
  skipped: { text: 'The app called skip(). Its reason is next to the URL.' },
  'no-room': { text: 'Raise the limit that is named next to the URL, or free space on the disk.' },
  'bad-tag': { text: 'Shorten or check what the app uses as a tag.' },
  voided: NEXT_RENDER,
  'context-lost': { text: 'In work that requests share, keep the context of each request.' },
  'changes-itself': { text: 'Count views elsewhere, or name the change in `ignore` of the tracking.' },
  closed: NEXT_RENDER,
  fault: { text: 'See the log: the page could not be written.' },
  'not-reached': { text: 'Mount our middleware before the code that answers.' },
  'render-failed': { text: 'See the log of the app.' },
};

/** Returns what can be done about a refusal; `undefined` if nothing has to be done. */
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
    return { text: 'The app copies all headers: render its pages for nobody.', ...forNobody(refused) };
  const text =
    'If no page depends on the header, ignore it; if few requests have it, let them bypass the pages (`bypassHeaders`).';
  const names = headerNames(detail);
  if (names.length > 0 && names.every((name) => choosing.test(name))) return variantsBy(names);
  return names.length === 0 ? { text } : { text, line: `ignoreHeaders: { add: ${list(names)} }` };
}

/** Headers by which browsers say, in few words, what their users want. */
const choosing = /^(?:accept-language|save-data|sec-(?:ch|gpc).*)$/;

function variantsBy(names: readonly string[]): Remedy {
  const text = 'Give each value a page of its own (`variants`), and let the app ask for it by `variant()`.';
  if (!names.includes('accept-language')) return { text };
  return {
    text,
    line: "variants: { language: { header: 'accept-language', values: ['en', 'de'] } }",
  };
}

function forNobody({ pattern }: RefusedCase): { readonly line?: string } {
  return pattern === undefined ? {} : { line: `urls: [{ match: ${String(pattern)}, as: 'nobody' }]` };
}

/** Returns the names of headers that can be written in an option. */
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

/** Returns the pattern of one path, decoded: patterns are tested on decoded paths. */
function patternOf(path: string): string {
  return String(new RegExp(`^${decodeURIComponent(path).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`));
}
