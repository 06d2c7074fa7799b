import { createHash } from 'node:crypto';

/**
 * Fills the islands of a page, with one request for those that are wanted at a time. It is a module, so that it runs once, however
 * often a page names it, and when the document has been read.
 */
const SCRIPT = `const base = new URL('.', import.meta.url).pathname;
const MOST = 20;
const pending = new Map();
let policy = { createHTML: (html) => html };
try {
  policy = globalThis.trustedTypes?.createPolicy('staticgenerator-islands', policy) ?? policy;
} catch {
  // The site's policy does not name ours; what cannot be shown is noted below.
}
const show = (element, html) => {
  let state = 'failed';
  if (typeof html === 'string')
    try {
      if (element instanceof HTMLInputElement) element.value = html.trim();
      else element.innerHTML = policy.createHTML(html);
      state = 'shown';
    } catch (error) {
      console.error(error);
    }
  element.dataset.islandState = state;
  element.dispatchEvent(new CustomEvent('island', { bubbles: true, detail: { url: element.dataset.island, state } }));
};
const ask = async (urls) => {
  const query = new URLSearchParams(urls.map((url) => ['url', url]));
  try {
    const response = await fetch(base + '?' + query, { headers: { 'X-Islands': '1' }, cache: 'no-store' });
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
};
const fill = (elements) => {
  const urls = [...new Set(elements.map((element) => element.dataset.island))];
  for (let at = 0; at < urls.length; at += MOST) {
    const part = urls.slice(at, at + MOST);
    const answer = ask(part);
    for (const element of elements.filter((one) => part.includes(one.dataset.island)))
      pending.set(element, answer.then((all) => {
        pending.delete(element);
        show(element, all[element.dataset.island]);
      }));
  }
};
const whenVisible = (elements) => {
  const observer = new IntersectionObserver((entries) => {
    const seen = entries.filter((entry) => entry.isIntersecting).map(({ target }) => target);
    for (const target of seen) observer.unobserve(target);
    fill(seen);
  }, { rootMargin: '200px' });
  for (const element of elements) observer.observe(element);
};
const begin = () => {
  const all = [...document.querySelectorAll('[data-island]')];
  const of = (when) => all.filter((element) => (element.dataset.islandWhen ?? '') === when);
  fill(of(''));
  whenVisible(of('visible'));
  const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  const later = of('idle');
  if (later.length > 0) idle(() => fill(later));
};
// A form whose token is on its way waits for it.
addEventListener('submit', (event) => {
  const { target, submitter } = event;
  const waits = [...pending].filter(([element]) => target.contains(element)).map(([, work]) => work);
  if (waits.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void Promise.all(waits).then(() => target.requestSubmit(submitter));
}, true);
// A page that the browser kept may be of somebody who has signed out since.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) begin();
});
begin();
`;

export interface IslandScript {
  /** With its content in it, so that it may be kept for good. */
  readonly name: string;
  /** For the attribute `integrity`. */
  readonly integrity: string;
  readonly body: Buffer;
}

export const islandScript: IslandScript = makeScript();

function makeScript(): IslandScript {
  const body = Buffer.from(SCRIPT);
  const digest = createHash('sha384').update(body).digest();
  return {
    name: `islands.${digest.toString('hex').slice(0, 12)}.js`,
    integrity: `sha384-${digest.toString('base64')}`,
    body,
  };
}
