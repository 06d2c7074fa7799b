import type { Target } from '../../../change/targets/target.js';
import { NotDone } from '../problem-page.js';

/** The actions on pages. */
export type Verb = 'delete' | 'regenerate' | 'warm';

/** An action that a user wants, and the pages that it concerns. */
export interface NamedAction {
  readonly verb: Verb;
  readonly named: readonly Target[] | 'all';
  /** The fields with which a form sends the same action again. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

const MAX_NAMED = 1_000;

function isVerb(text: string | null): text is Verb {
  return text === 'delete' || text === 'regenerate' || text === 'warm';
}

/** Reads a form. Throws {@link NotDone} if it names no action or no pages, or too many of them. */
export function readAction(form: URLSearchParams): NamedAction {
  const verb = form.get('do');
  const lines = (name: string) =>
    form
      .getAll(name)
      .flatMap((text) => text.split(/[\r\n]+/))
      .map((text) => text.trim())
      .filter((text) => text !== '');
  const [targets, tags, isAll] = [lines('target'), lines('tag'), form.get('all') === '1'];
  const remedy = 'Choose pages in the list, or name a path, a glob or a tag.';
  if (!isVerb(verb)) throw new NotDone(400, 'The form does not say what to do.', { remedy });
  if (!isAll && targets.length + tags.length === 0)
    throw new NotDone(400, 'The form names no page.', { remedy });
  if (targets.length + tags.length > MAX_NAMED)
    throw new NotDone(400, `At most ${MAX_NAMED} can be named at once.`, { remedy: 'Name a glob or a tag.' });
  return {
    verb,
    named: isAll ? 'all' : [...targets, ...tags.map((tag) => ({ tag }))],
    fields: [
      ['do', verb],
      ...(isAll ? [['all', '1'] as const] : []),
      ...targets.map((target) => ['target', target] as const),
      ...tags.map((tag) => ['tag', tag] as const),
    ],
  };
}
