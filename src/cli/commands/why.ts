import type { Command } from 'commander';
import { lookAtNames } from '../../cluster/overview/names.js';
import { fingerprintOf } from '../../front/fingerprint.js';
import type { StoredPage } from '../../ledger/ledger.js';
import {
  type Explanation,
  explainUrl,
  headerOfLine,
  type PageMemory,
} from '../../operate/views/explanation.js';
import { compileRequestGate } from '../../page/request/gate.js';
import { locateWebRoot } from '../../store/web-root.js';
import { whyNothingIsListed } from '../absence.js';
import { collect } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import { wordsOf } from '../output/reads.js';
import { formatBytes, formatTime, printable } from '../output/table.js';
import type { Session } from '../session.js';

interface WhyOptions {
  readonly header?: readonly string[];
}

const EXAMPLES = `
Examples:
  $ staticgenerator why /posts/hello
  $ staticgenerator why '/posts/hello?page=2'
  $ staticgenerator why /posts/hello --header 'Accept-Language: de'
  $ staticgenerator why /posts/hello --header 'Cookie: theme=dark' --header 'Host: www.example.com'`;

export function addWhy(program: Command, session: Session): void {
  program
    .command('why')
    .description(
      'Shows which rule matches a URL, which file it has, whether it is stored, and why it was last refused.',
    )
    .argument('<url>', 'a path with its query string, or a full URL')
    .option(
      '--header <line>',
      "assume that the request has this header, such as 'Cookie: a=b' (repeatable)",
      collect,
    )
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, options: WhyOptions) => await why(session, url, options));
}

async function why(session: Session, url: string, { header = [] }: WhyOptions): Promise<void> {
  if (!/^(?:\/|https?:\/\/)/i.test(url))
    throw new UsageError(`Expected a path that begins with '/', or a full URL, got ${JSON.stringify(url)}`);
  const configured = await session.configure();
  const config = await session.configureFront();
  const { rules, hosts } = config;
  const gate = compileRequestGate({ ...config, fingerprint: () => fingerprintOf(config) });
  const names = config.cluster && lookAtNames(locateWebRoot(config.webRoot).termFolder);
  const question = { url, headers: readHeaders(header) };
  const explainBy = (memory: PageMemory) => explainUrl(question, { gate, rules, hosts, names }, memory);
  if (whyNothingIsListed(config.webRoot) !== undefined) return await print(session, explainBy(undefined));
  await session.withReader(configured, async (reader) => await print(session, explainBy(reader)));
}

async function print({ output }: Session, explanation: Explanation): Promise<void> {
  if (output.json) await output.document(explanation);
  else
    await output.lines(
      linesOf(explanation).map(
        ([name, text]) => `${output.style('bold', name.padEnd(14))}${printable(text)}`,
      ),
    );
}

function linesOf(explanation: Explanation): readonly (readonly [name: string, text: string])[] {
  const { target, canonical, rule, excludedBy, files, request, capture } = explanation;
  const { stored, read, ownTags, lastRefusal, term, variant = {} } = explanation;
  const chosen = Object.entries(variant).map(([name, value]) => `${name} ${value}`);
  const spelling = canonical ?? 'none: no page can have this path';
  return [
    ['URL', target],
    ['canonical', spelling === target ? 'yes' : spelling],
    ['rule', rule ?? 'none of `urls` matches'],
    ...(excludedBy === null ? [] : [['excluded by', excludedBy] as const]),
    ...(chosen.length === 0 ? [] : [['variant', chosen.join(', ')] as const]),
    ['file', files.join(' or ') || 'none'],
    ['served', servedText(request, stored)],
    ...(capture === null ? [] : [['makes a page', captureText(capture)] as const]),
    ...(term === undefined ? [] : [['term', termText(term)] as const]),
    ['stored', stored === null ? 'no' : storedText(stored)],
    ...(read ?? []).map((one, at) => [at === 0 ? 'read' : '', wordsOf(one)] as const),
    ...(ownTags.length > 0 ? [['own tags', ownTags.join(' ')] as const] : []),
    ...(lastRefusal === null ? [] : [['last refused', refusalText(lastRefusal)] as const]),
  ];
}

function servedText({ outcome, explanation }: Explanation['request'], stored: StoredPage | null): string {
  if (outcome !== 'page') return `by the app, ${outcome}: ${explanation}`;
  return stored === null ? 'by the app: no page is stored' : 'from the stored page';
}

function termText({ servesUntil: until }: NonNullable<Explanation['term']>): string {
  return until === null
    ? 'none: this host serves no pages; `staticgenerator hosts` says why'
    : `nginx finds pages until ${formatTime(Date.parse(until))}`;
}

function captureText({ outcome, explanation }: NonNullable<Explanation['capture']>): string {
  return outcome === 'page' ? 'yes' : `no, ${outcome}: ${explanation}`;
}

function storedText({ file, bytes, storedAt, servedBy, audience }: StoredPage): string {
  const { scheme, accept } = audience ?? {};
  const whom = [
    ...(scheme === undefined ? [] : [`, for visitors who use ${scheme}`]),
    ...(accept === undefined ? [] : [`, for browsers that send Accept: ${accept}`]),
  ].join('');
  const server = servedBy === 'nginx' ? 'for nginx and Node' : 'for Node only';
  return `yes, ${file}, ${formatBytes(bytes)}, ${formatTime(storedAt)}, ${server}${whom}`;
}

function refusalText({ reason, detail, at, explanation }: NonNullable<Explanation['lastRefusal']>): string {
  const what = detail === undefined ? '' : ` (${detail})`;
  return `${formatTime(at)}, ${reason}${what}: ${explanation}`;
}

function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const header = headerOfLine(line);
      if (header === undefined)
        throw new UsageError(`Expected --header to be 'Name: value', got ${JSON.stringify(line)}`);
      return header;
    }),
  );
}
