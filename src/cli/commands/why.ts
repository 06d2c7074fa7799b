import type { Command } from 'commander';
import { lookAtNames, type NamesNow, servesUntil } from '../../cluster/overview/names.js';
import type { ResolvedConfig } from '../../config.js';
import { fingerprintOf } from '../../front/fingerprint.js';
import type { StoredPage } from '../../ledger/ledger.js';
import type { RefusedPage } from '../../metrics.js';
import { canonicalPath, filesOf, parsePagePath } from '../../page/layout.js';
import { explainReason, isReason, type Reason } from '../../page/reasons.js';
import { compileRequestGate, type GateDecision } from '../../page/request/gate.js';
import { locateWebRoot } from '../../store/web-root.js';
import { type ModelReads, readsInTags } from '../../track/reads/reads-in-tags.js';
import { whyNothingIsListed } from '../absence.js';
import { collect } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import { wordsOf } from '../output/reads.js';
import { formatBytes, formatTime, printable } from '../output/table.js';
import type { Session } from '../session.js';

interface WhyOptions {
  readonly header?: readonly string[];
}

/** All that is known of a URL, without asking the app. */
interface Explanation {
  readonly target: string;
  /** The spelling that a page of this URL would have; null where no page can. */
  readonly canonical: string | null;
  readonly rule: string | null;
  readonly excludedBy: string | null;
  readonly files: readonly string[];
  /** What becomes of a request for it: `page`, or the reason of a bypass. */
  readonly request: { readonly outcome: 'page' | Reason; readonly explanation: string };
  /** Why such a request may not make the page, though it may be answered from it. */
  readonly capture: { readonly outcome: 'page' | Reason; readonly explanation: string } | null;
  readonly stored: StoredPage | null;
  /** What the stored page has read, by its tags; null: none is stored. */
  readonly read: readonly ModelReads[] | null;
  /** The tags of the stored page that no tracker has given. */
  readonly ownTags: readonly string[];
  readonly lastRefusal: (RefusedPage & { readonly explanation: string }) | null;
  /** Of a site with several hosts: until when nginx finds pages at this one, in ISO 8601; null: it finds none. */
  readonly term?: { readonly servesUntil: string | null };
}

const EXAMPLES = `
Examples:
  $ staticgenerator why /posts/hello
  $ staticgenerator why '/posts/hello?page=2'
  $ staticgenerator why /posts/hello --header 'Cookie: theme=dark' --header 'Host: www.example.com'`;

export function addWhy(program: Command, session: Session): void {
  program
    .command('why')
    .summary('say why a URL is (not) a page')
    .description(
      'Says which rule a URL falls under, which file it has, whether it is stored, and why it was refused last.',
    )
    .argument('<url>', 'a path, with its query, or a whole URL')
    .option('--header <line>', "as if the request had this header, as in 'Cookie: a=b' (repeatable)", collect)
    .addHelpText('after', EXAMPLES)
    .action(async (url: string, options: WhyOptions) => await why(session, url, options));
}

async function why(session: Session, url: string, { header = [] }: WhyOptions): Promise<void> {
  const configured = await session.configure();
  const config = await session.configureFront();
  const { target, host } = splitUrl(url);
  const headers = { host: host ?? config.hosts[0] ?? 'localhost', ...readHeaders(header) };
  const gate = compileRequestGate({ ...config, fingerprint: () => fingerprintOf(config) });
  const decided = gate({
    method: 'GET',
    httpVersion: '1.1',
    target,
    headers,
    local: true,
    localPort: portOf(headers.host),
  });
  const names = config.cluster && lookAtNames(locateWebRoot(config.webRoot).termFolder);
  const hasNoTerm = names !== undefined && names.state !== 'serves' && decided.outcome === 'page';
  const decision = hasNoTerm ? ({ outcome: 'bypass', reason: 'no-term' } as const) : decided;
  const asked = { target, decision, config, names };
  if (whyNothingIsListed(config.webRoot) !== undefined)
    return await print(session, explain(asked, null, null));
  await session.withReader(configured, async (reader) => {
    const folder = decided.outcome === 'page' ? decided.host : '';
    const path = target.replace(/\?.*$/su, '');
    const stored = reader.get(folder, path) ?? null;
    await print(session, explain(asked, stored, reader.lastRefusal(folder, path) ?? null));
  });
}

interface Asked {
  readonly target: string;
  readonly decision: GateDecision;
  readonly config: ResolvedConfig;
  /** Undefined: the site has one host. */
  readonly names: NamesNow | undefined;
}

function explain(
  { target, decision, config, names }: Asked,
  stored: StoredPage | null,
  refusal: RefusedPage | null,
): Explanation {
  const canonical = canonicalPath(target.replace(/[?#].*$/su, '')) ?? null;
  const page = canonical === null ? undefined : parsePagePath(canonical);
  const rule = page === undefined ? {} : config.rules.explain(page.decoded);
  const { read, own: ownTags } = readsInTags(stored?.tags ?? []);
  const lastRefusal = refusal === null ? null : { ...refusal, explanation: explanationOf(refusal.reason) };
  return {
    ...{ target, canonical, rule: rule.includedBy ?? null, excludedBy: rule.excludedBy ?? null },
    files: page === undefined ? [] : filesOf(page),
    request: outcomeOf(decision.outcome === 'page' ? undefined : decision.reason),
    capture: decision.outcome === 'page' ? outcomeOf(decision.captureRefusal) : null,
    ...{ stored, read: stored === null ? null : read, ownTags, lastRefusal },
    ...(names === undefined ? {} : { term: { servesUntil: servesUntil(names) } }),
  };
}

function outcomeOf(reason: Reason | undefined): Explanation['request'] {
  return reason === undefined
    ? { outcome: 'page', explanation: 'nothing speaks against it' }
    : { outcome: reason, explanation: explainReason(reason) };
}

/** A newer release may have written a reason that this one does not know. */
function explanationOf(reason: string): string {
  return isReason(reason) ? explainReason(reason) : 'a reason of another release';
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
  const { stored, read, ownTags, lastRefusal, term } = explanation;
  const spelling = canonical ?? 'none: no page can have this path';
  return [
    ['URL', target],
    ['canonical', spelling === target ? 'yes' : spelling],
    ['rule', rule ?? 'none of `urls` matches'],
    ...(excludedBy === null ? [] : [['excluded by', excludedBy] as const]),
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
    ...(scheme === undefined ? [] : [` to visitors who come by ${scheme}`]),
    ...(accept === undefined ? [] : [` to visits of browsers with the Accept ${accept}`]),
  ].join(' and');
  return `yes, ${file}, ${formatBytes(bytes)}, ${formatTime(storedAt)}, served by ${servedBy}${whom}`;
}

function refusalText({ reason, detail, at, explanation }: NonNullable<Explanation['lastRefusal']>): string {
  const what = detail === undefined ? '' : ` (${detail})`;
  return `${formatTime(at)}, ${reason}${what}: ${explanation}`;
}

function splitUrl(written: string): { readonly target: string; readonly host: string | undefined } {
  if (!/^https?:\/\//i.test(written)) return { target: written, host: undefined };
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(written);
  return { target: match?.[2] || '/', host: match?.[1] };
}

/** Whoever asks about a URL means the port that the site is reached at: nginx's, or the app's. */
function portOf(host: string): number | undefined {
  const [, port] = /:(\d{1,5})$/.exec(host) ?? [];
  return port === undefined ? undefined : Number(port);
}

function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/s.exec(line);
      if (match === null)
        throw new UsageError(`Expected --header to be 'Name: value', got ${JSON.stringify(line)}`);
      return [String(match[1]).toLowerCase(), String(match[2]).trim()];
    }),
  );
}
