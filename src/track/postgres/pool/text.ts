import { mayWrite } from '../../sql/statement.js';
import { tokenize } from '../../sql/syntax/tokens.js';

/** Words of statements that begin or end a transaction, or may write what their text does not say. */
const MATTERS = /\b(?:begin|start|commit|end|rollback|abort|prepare|prepared|execute|call|do)\b/i;
const ENDS = /(?:^|;) ?(?:commit|end|prepare transaction)\b/;
const BEGINS = /(?:^|;) ?(?:begin|start)\b/;
const TO_SAVEPOINT = /\brollback (?:(?:work|transaction) )?to\b/;
const CHAINS = /\band chain\b/;
const CALLS = /(?:^|; )(?:call|do) /;
const CALLED = /\bcall (?:\S+ \. )?(\S+) \(/g;
/** Whether the outcome of a statement has to be known. */
export function mayMatter(text: string): boolean {
  return mayWrite(text) || MATTERS.test(text);
}

/** Returns the text without comments and quoted parts, in small letters, with spaces between words and signs. */
export function plain(text: string): string {
  return tokenize(text, 'nested')
    .map((token) => (token.kind === 'text' ? "''" : token.text))
    .join(' ');
}

/** Whether a plain text ends a transaction by committing or preparing it. */
export function ends(text: string): boolean {
  return ENDS.test(text);
}

/** Whether a plain text begins a transaction. */
export function begins(text: string): boolean {
  return BEGINS.test(text);
}

/** Whether a plain text rolls back only a part of a transaction. */
export function isToSavepoint(text: string): boolean {
  return TO_SAVEPOINT.test(text);
}

/** Whether the end of a transaction in a plain text begins the next one. */
export function chains(text: string): boolean {
  return CHAINS.test(text);
}

/** Whether a plain text runs procedures, or statements of another language. */
export function calls(text: string): boolean {
  return CALLS.test(text);
}

/** Returns the procedures that a plain text calls, without their schemas. */
export function calledIn(text: string): readonly string[] {
  return [...text.matchAll(CALLED)].map(([, name = '']) => name.toLowerCase());
}
