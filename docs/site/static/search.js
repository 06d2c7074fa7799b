import MiniSearch from './minisearch/index.js';

const MOST_RESULTS = 15;
const EXCERPT_BEFORE = 60;
const EXCERPT_LENGTH = 180;
/** Weights below 1: readers who look something up want the pages of these parts last. */
const WEIGHTS = { Decisions: 0.3, Project: 0.5, Performance: 0.6 };
/** The URL of the site's start, whatever path the site is served at. */
const home = new URL('../', import.meta.url);

/** A promise that the index is loaded. `undefined` until the dialog is first opened, and after a failure. */
let started;

/**
 * Makes a dialog search for what is typed into it. Called each time the dialog is opened: fetches the documents the
 * first time, and again if that failed.
 */
export async function startSearch(dialog) {
  const view = viewOf(dialog);
  try {
    view.status.textContent ||= 'Loading …';
    started ??= start(view);
    await started;
  } catch (error) {
    started = undefined;
    view.status.textContent = 'The search could not be loaded. Are you online?';
    console.error(error);
  }
}

function viewOf(dialog) {
  const [input, status, results] = ['input', '[role=status]', 'ol'].map((name) => dialog.querySelector(name));
  return { dialog, input, status, results };
}

async function start(view) {
  const response = await fetch(new URL('search.json', home));
  const index = indexOf(await response.json());
  const find = () => showFound(index, view);
  view.input.addEventListener('input', find);
  view.dialog.addEventListener('keydown', (event) => chooseByKey(event, view));
  find();
}

function indexOf(documents) {
  const made = new MiniSearch({
    idField: 'url',
    fields: ['heading', 'title', 'text'],
    storeFields: ['heading', 'title', 'part', 'text'],
    processTerm: termsOf,
    searchOptions: {
      boost: { heading: 3, title: 4 },
      boostDocument: (_url, _term, { part }) => WEIGHTS[part] ?? 1,
      combineWith: 'AND',
      prefix: true,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      processTerm: (term) => term.toLowerCase(),
    },
  });
  made.addAll(documents);
  return made;
}

/** Returns a name as a whole, and its words: `delete` finds quickDelete. */
function termsOf(term) {
  const words = term.split(/(?<=[a-z])(?=[A-Z])|_/).filter((word) => word.length > 1);
  return [...new Set([term, ...words].map((word) => word.toLowerCase()))];
}

function showFound(index, { input, status, results }) {
  const words = input.value.trim();
  const found = words === '' ? [] : index.search(words).slice(0, MOST_RESULTS);
  results.replaceChildren(...found.map(showResult));
  const count = found.length === 1 ? '1 result' : `${found.length} results`;
  if (words === '') status.textContent = 'Type what you look for. Arrow keys choose, Enter opens.';
  else status.textContent = found.length === 0 ? `Nothing about “${words}” was found.` : count;
}

function showResult({ id, title, heading, part, text, terms }) {
  const link = make('a', { href: new URL(id, home).href });
  const place = make('span', { className: 'place' }, heading === '' ? part : `${part} › ${title}`);
  const excerpt = make('span', { className: 'excerpt' });
  excerpt.append(...marked(excerptOf(text, terms), terms));
  link.append(place, make('strong', {}, heading === '' ? title : heading), excerpt);
  const item = make('li', {});
  item.append(link);
  return item;
}

function excerptOf(text, terms) {
  const lower = text.toLowerCase();
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const start = Math.max(0, (places.length === 0 ? 0 : Math.min(...places)) - EXCERPT_BEFORE);
  const from = start === 0 ? 0 : text.indexOf(' ', start) + 1;
  const cut = text.slice(from, from + EXCERPT_LENGTH);
  return `${from === 0 ? '' : '… '}${cut}${from + EXCERPT_LENGTH < text.length ? ' …' : ''}`;
}

/** Returns the parts of a text, with the words that were looked for in `mark` elements. */
function marked(text, terms) {
  const escaped = terms.map((term) => term.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (escaped.length === 0) return [text];
  const parts = text.split(new RegExp(`(${escaped.join('|')})`, 'i'));
  return parts.map((part, place) => (place % 2 === 1 ? make('mark', {}, part) : part));
}

function chooseByKey(event, { input, results }) {
  const links = [...results.querySelectorAll('a')];
  if (event.key === 'Enter' && event.target === input) links[0]?.click();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || links.length === 0) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement) + step;
  if (at < 0) input.focus();
  else links[Math.min(at, links.length - 1)].focus();
}

function make(name, properties, text) {
  const element = Object.assign(document.createElement(name), properties);
  if (text !== undefined) element.textContent = text;
  return element;
}
