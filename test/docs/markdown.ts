import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked, type Token } from 'marked';

export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** The reason in a `<!-- not run: … -->` before the block. */
  readonly notRun: string | undefined;
  /** The `text` block that follows: what this block prints when it runs. */
  readonly output: string | undefined;
  /** The heading of its section. */
  readonly section: string;
}

export interface Section {
  readonly depth: number;
  readonly title: string;
  /** The part of a link to it after `#`. */
  readonly anchor: string;
  /** Its Markdown, up to the next heading. */
  readonly text: string;
}

export interface Page {
  /** The path, relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly sections: readonly Section[];
  readonly links: readonly string[];
}

const pages = new Map<string, Page>();

export function readPage(file: string): Page {
  const known = pages.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(posix.join(repository, file), 'utf8');
  const tokens = marked.lexer(text);
  const page = { file, text, blocks: blocksOf(tokens), sections: sectionsOf(tokens), links: linksOf(tokens) };
  pages.set(file, page);
  return page;
}

/** Returns the Markdown files of a folder, relative to the repository, except those that tests have installed there. */
export function markdownFiles(folder: string): readonly string[] {
  return readdirSync(posix.join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !/(?:^|\/)(?:node_modules|\.artefacts)\//.test(name))
    .map((name) => posix.join(folder, name))
    .sort();
}

/** Returns the rows of all tables in a text, without their heads, as the plain text of each cell. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type !== 'table') return;
    for (const row of token.rows as readonly { readonly text: string }[][])
      rows.push(row.map((cell) => cell.text));
  });
  return rows;
}

/** Whether a page begins with an empty folder. Such a page has its own test, which follows it as printed. */
export function isRecipe({ blocks }: Page): boolean {
  return blocks.some(({ language, text }) => language === 'sh' && text.startsWith('mkdir '));
}

/** Returns a pattern for expected output, in which `…` stands for any text in one line. */
export function outputPattern(output: string): RegExp {
  const source = output.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`);
}

function blocksOf(tokens: readonly Token[]): readonly Block[] {
  const flat = flatten(tokens).filter(({ type }) => ['code', 'heading', 'html', 'paragraph'].includes(type));
  let section = '';
  return flat.flatMap((token, index): Block[] => {
    if (token.type === 'heading') section = String(token.text);
    if (token.type !== 'code' || typeof token.lang !== 'string') return [];
    const before = flat[index - 1];
    const after = flat[index + 1];
    const [, notRun] = before?.type === 'html' ? (/<[!]-- not run: (.+?) -->/.exec(before.raw) ?? []) : [];
    const output = after?.type === 'code' && after.lang === 'text' ? String(after.text) : undefined;
    return [{ language: token.lang, text: String(token.text), notRun, output, section }];
  });
}

function sectionsOf(tokens: readonly Token[]): readonly Section[] {
  const sections: { depth: number; title: string; anchor: string; text: string }[] = [];
  const anchors = new Map<string, number>();
  for (const token of tokens) {
    const last = sections.at(-1);
    if (token.type !== 'heading') {
      if (last !== undefined) last.text += token.raw;
      continue;
    }
    const title = String(token.text).replaceAll(/[`*]/g, '');
    const name = slug(title);
    const seen = anchors.get(name) ?? 0;
    anchors.set(name, seen + 1);
    sections.push({
      depth: Number(token.depth),
      title,
      anchor: seen === 0 ? name : `${name}-${seen}`,
      text: '',
    });
  }
  return sections;
}

/** Returns the anchor that GitHub makes of a heading. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function linksOf(tokens: readonly Token[]): readonly string[] {
  return flatten(tokens).flatMap((token) =>
    token.type === 'link' || token.type === 'image' ? [String(token.href)] : [],
  );
}

function flatten(tokens: readonly Token[]): readonly Token[] {
  const flat: Token[] = [];
  marked.walkTokens([...tokens], (token) => void flat.push(token));
  return flat;
}
