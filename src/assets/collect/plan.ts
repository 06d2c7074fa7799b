import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import MagicString from 'magic-string';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { contentHash } from '../../store/content-hash.js';
import { digestOf, digestPath } from '../digest.js';
import type { SourceAsset } from '../finder.js';
import type { ResolvedAssetOptions } from '../options.js';
import { unreadableError } from '../unreadable.js';
import { orderByNeed } from './order.js';
import { scanCss } from './rewrite/css.js';
import { scanHtml, scanSvg } from './rewrite/html.js';
import { loadScriptScan, scanSourceMap } from './rewrite/js.js';
import { digestReference, type Reference, resolveReference, type Scan } from './rewrite/reference.js';
import { scanWebmanifest } from './rewrite/webmanifest.js';

/** An asset with its bytes and its name decided. */
export interface PlannedAsset {
  readonly source: SourceAsset;
  readonly logicalPath: string;
  readonly digestedPath: string;
  /** SHA-256 in base64url. */
  readonly hash: string;
  readonly bytes: number;
  /** The bytes with references replaced; undefined: those of the file. */
  readonly content: Buffer | undefined;
}

/** A reference to an asset that is not there. */
export interface MissingAsset {
  /** The file that refers to it, with the place: line and column start at 1. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly url: string;
  /** The name that was looked for. */
  readonly logicalPath: string;
}

/** What would be collected. */
export interface Plan {
  readonly assets: readonly PlannedAsset[];
  /** What is wrong and does not stand in the way. */
  readonly warnings: readonly string[];
  readonly missing: readonly MissingAsset[];
}

/** A file as it was read, with its references to other assets. */
interface ReadAsset {
  readonly source: SourceAsset;
  readonly hash: string;
  readonly bytes: number;
  /** Only of files whose references are replaced. */
  readonly text: string;
  readonly encoding: BufferEncoding;
  readonly targets: readonly (Reference & { readonly target: string })[];
}

interface Findings {
  readonly warnings: string[];
  readonly missing: MissingAsset[];
}

/**
 * Reads all assets, replaces their references in the order of their dependencies, and so decides their names. Throws
 * `ERR_ASSET_UNREADABLE`, and `ERR_ASSET_REFERENCES` with every reference that leads nowhere.
 */
export async function planAssets(
  sources: readonly SourceAsset[],
  options: ResolvedAssetOptions,
): Promise<Plan> {
  const findings: Findings = { warnings: [], missing: [] };
  const reader = new AssetReader(sources, options, findings);
  await reader.prepare();
  const read = readAll(sources, (source) => reader.read(source));
  if (options.missing === 'error' && findings.missing.length > 0) throw missingError(findings.missing);
  const needs = new Map(
    [...read].map(([name, { targets }]) => [name, new Set(targets.map(({ target }) => target))]),
  );
  const planned = new Map<string, PlannedAsset>();
  for (const group of orderByNeed(needs)) {
    const members = group.flatMap((name) => read.get(name) ?? []);
    const [only] = members;
    const isAlone =
      members.length === 1 &&
      only !== undefined &&
      !needs.get(only.source.logicalPath)?.has(only.source.logicalPath);
    for (const asset of isAlone ? [planOne(only, planned)] : planCycle(members, planned))
      planned.set(asset.logicalPath, asset);
  }
  const assets = sources.flatMap(({ logicalPath }) => planned.get(logicalPath) ?? []);
  return { assets, ...findings };
}

/** The names that references are replaced by. */
type Names = ReadonlyMap<string, { readonly digestedPath: string }>;

function planOne(read: ReadAsset, names: Names): PlannedAsset {
  const content = rewrite(read, names);
  const hash = content === undefined ? read.hash : contentHash(content);
  return finish(read, content, digestOf(hash));
}

/**
 * Files that refer to each other in a circle cannot each hold the other's hash. They get one in common, of all their
 * bytes before the names within the circle are replaced: it changes when any of them does.
 */
function planCycle(members: readonly ReadAsset[], names: Names): readonly PlannedAsset[] {
  const parts = members.flatMap((read) => [
    `${read.source.logicalPath}\0`,
    contentHash(rewrite(read, names) ?? Buffer.from(read.text, read.encoding)),
  ]);
  const digest = digestOf(...parts);
  const inCircle = members.map(
    ({ source: { logicalPath } }) =>
      [logicalPath, { digestedPath: digestPath(logicalPath, digest) }] as const,
  );
  const all: Names = new Map([...names, ...inCircle]);
  return members.map((read) => finish(read, rewrite(read, all), digest));
}

function finish(read: ReadAsset, content: Buffer | undefined, digest: string): PlannedAsset {
  const { source, hash, bytes } = read;
  const { logicalPath } = source;
  return {
    ...{ source, logicalPath, content },
    digestedPath: digestPath(logicalPath, digest),
    hash: content === undefined ? hash : contentHash(content),
    bytes: content?.length ?? bytes,
  };
}

/** The file with its references replaced as far as their names are known; undefined if none is. */
function rewrite({ text, encoding, targets }: ReadAsset, names: Names): Buffer | undefined {
  const known = targets.flatMap((one) => {
    const name = names.get(one.target);
    return name === undefined ? [] : [{ ...one, next: digestReference(one.url, name.digestedPath) }];
  });
  if (known.length === 0) return undefined;
  const edited = new MagicString(text);
  for (const { start, end, write, next } of known) edited.update(start, end, write(next));
  return Buffer.from(edited.toString(), encoding);
}

class AssetReader {
  readonly #names: ReadonlySet<string>;
  readonly #options: ResolvedAssetOptions;
  readonly #findings: Findings;
  #scans: ReadonlyMap<string, Scan> = new Map();

  constructor(sources: readonly SourceAsset[], options: ResolvedAssetOptions, findings: Findings) {
    this.#names = new Set(sources.map(({ logicalPath }) => logicalPath));
    this.#options = options;
    this.#findings = findings;
  }

  async prepare(): Promise<void> {
    const { css, js, html, svg, webmanifest } = this.#options.rewrite;
    const script = await loadScriptScan(js);
    const scans: readonly (readonly [boolean, Scan, readonly string[]])[] = [
      [css, scanCss, ['.css']],
      [true, script, ['.js', '.mjs']],
      [html, scanHtml, ['.html', '.htm']],
      [svg, scanSvg, ['.svg']],
      [webmanifest, scanWebmanifest, ['.webmanifest']],
    ];
    const chosen = scans.filter(([isChosen]) => isChosen);
    this.#scans = new Map(
      chosen.flatMap(([, scan, extensions]) => extensions.map((one) => [one, scan] as const)),
    );
  }

  read(source: SourceAsset): ReadAsset {
    const content = readFileSync(source.file);
    const read = { source, hash: contentHash(content), bytes: content.length };
    const scan = this.#scans.get(posix.extname(source.logicalPath).toLowerCase());
    if (scan === undefined) return { ...read, text: '', encoding: 'utf8', targets: [] };
    const { text, encoding } = decodeText(content);
    const references = this.#scan(scan, text, source);
    return {
      ...read,
      text,
      encoding,
      targets: references.flatMap((one) => this.#resolve(one, text, source)),
    };
  }

  /** What its lexer cannot read is collected as it is. */
  #scan(scan: Scan, text: string, { file }: SourceAsset): readonly Reference[] {
    try {
      return scan(text);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#findings.warnings.push(
        `${file} could not be read, its references stay as they are: ${messageOf(error)}`,
      );
      return scanSourceMap(text);
    }
  }

  #resolve(reference: Reference, text: string, { logicalPath, file }: SourceAsset) {
    const target = resolveReference(reference.url, logicalPath, this.#options);
    if (target === undefined) return [];
    if (this.#names.has(target)) return [{ ...reference, target }];
    const missing = { file, ...placeOf(text, reference.start), url: reference.url, logicalPath: target };
    // Browsers ask for a source map only when somebody debugs, and packages often leave theirs out.
    const isHarmless = reference.kind === 'source-map' || this.#options.missing === 'warn';
    if (isHarmless) this.#findings.warnings.push(describe(missing));
    else this.#findings.missing.push(missing);
    return [];
  }
}

/** Text that becomes the same bytes again: what is not UTF-8 is taken byte by byte. */
function decodeText(content: Buffer): { readonly text: string; readonly encoding: BufferEncoding } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return { text, encoding: 'utf8' };
  } catch (error) {
    if (systemErrorCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    return { text: content.toString('latin1'), encoding: 'latin1' };
  }
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|[\n\r\f]/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function describe({ file, line, column, url, logicalPath }: MissingAsset): string {
  return `${file}:${line}:${column} refers to ${JSON.stringify(url)}, and there is no asset named ${logicalPath}`;
}

function missingError(missing: readonly MissingAsset[]): StaticGeneratorError {
  const count = missing.length === 1 ? 'A reference leads' : `${missing.length} references lead`;
  return new StaticGeneratorError(
    'ERR_ASSET_REFERENCES',
    `${count} nowhere:\n  ${missing.map(describe).join('\n  ')}\nMend them, or set \`missing: 'warn'\` to leave them as they are`,
    { fields: { missing } },
  );
}

/** Tells of every file that cannot be read, not of the first alone. */
function readAll(
  sources: readonly SourceAsset[],
  read: (source: SourceAsset) => ReadAsset,
): ReadonlyMap<string, ReadAsset> {
  const assets = new Map<string, ReadAsset>();
  const unreadable: { readonly path: string; readonly cause: unknown }[] = [];
  for (const source of sources) {
    try {
      assets.set(source.logicalPath, read(source));
    } catch (cause) {
      if (systemErrorCode(cause) === undefined) throw cause;
      unreadable.push({ path: source.file, cause });
    }
  }
  if (unreadable.length > 0) throw unreadableError(unreadable);
  return assets;
}
