import { createHash } from 'node:crypto';

/**
 * Fills the islands of a page, with one request for those that are wanted at the same time. It is a module, so that it
 * runs once, however often a page names it, and only when the document has been read.
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
const isField = (element) => element instanceof HTMLInputElement;
// What stood there first comes back when an island that was shown is there no more.
const fallbacks = new WeakMap();
const put = (element, content) => {
  if (!fallbacks.has(element)) fallbacks.set(element, isField(element) ? element.value : [...element.childNodes]);
  if (isField(element)) element.value = (content.text ?? content).trim();
  else if (content.text === undefined) element.innerHTML = policy.createHTML(content);
  else element.textContent = content.text;
};
const takeBack = (element) => {
  const fallback = fallbacks.get(element);
  if (isField(element)) element.value = fallback;
  else element.replaceChildren(...fallback);
};
const show = (element, content) => {
  let state = 'failed';
  if (content !== undefined)
    try {
      put(element, content);
      state = 'shown';
    } catch (error) {
      console.error(error);
    }
  else if (element.dataset.islandState === 'shown') takeBack(element);
  element.dataset.islandState = state;
  element.dispatchEvent(new CustomEvent('island', { bubbles: true, detail: { url: element.dataset.island, state } }));
};
const ask = async (urls) => {
  const query = new URLSearchParams(urls.map((url) => ['url', url]));
  try {
    const response = await fetch(base + '?' + query, { headers: { 'X-Islands': '1' }, cache: 'no-store', signal: AbortSignal.timeout(20_000) });
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
  // A field may never be seen.
  const isAt = (element, when) => !isField(element) && element.dataset.islandWhen === when;
  const later = all.filter((element) => isAt(element, 'idle'));
  const low = all.filter((element) => isAt(element, 'visible'));
  fill(all.filter((element) => !later.includes(element) && !low.includes(element)));
  whenVisible(low);
  const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  if (later.length > 0) idle(() => fill(later));
};
// A form whose token is on its way waits for it, and is sent once, however often somebody asks for that meanwhile.
const waiting = new WeakSet();
addEventListener('submit', (event) => {
  const { target, submitter } = event;
  const isIn = (element) => element.form === target || target.contains(element);
  const waits = [...pending].filter(([element]) => isIn(element)).map(([, work]) => work);
  if (waits.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waiting.has(target)) return;
  waiting.add(target);
  void Promise.all(waits).then(() => {
    waiting.delete(target);
    target.requestSubmit(submitter);
  });
}, true);
// A page that the browser kept may be of somebody who has signed out since.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) begin();
});
begin();
`;

export interface IslandScript {
  /** Contains a hash of the content, so that it may be kept forever. */
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
