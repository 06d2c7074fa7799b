import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { messageOf, systemErrorCode } from '../../errors.js';
import { contentHash } from '../../store/content-hash.js';
import type { SourceAsset } from '../finder.js';
import type { ResolvedAssetOptions } from '../options.js';
import type { NamedBy } from '../serve/immutable.js';
import { isTwin } from '../twin.js';
import { unreadableError } from '../unreadable.js';
import { describeMissing, type MissingAsset, missingError, placeOf } from './missing.js';
import { scanCss } from './rewrite/css.js';
import { scanHtml, scanSvg } from './rewrite/html.js';
import { loadScriptScan, scanSourceMap } from './rewrite/js.js';
import { type Reference, resolveReference, type Scan, shift } from './rewrite/reference.js';
import { BYTE_ORDER_MARK, decodeText } from './rewrite/text.js';
import { scanWebmanifest } from './rewrite/webmanifest.js';

/** A file that was read, with its references to other assets. */
export interface ReadAsset {
  readonly source: SourceAsset;
  readonly namedBy: NamedBy;
  readonly hash: string;
  readonly bytes: number;
  /** Empty unless the references of the file are replaced. */
  readonly text: string;
  /** Encodes a text as the file is encoded. */
  readonly encode: (text: string) => Buffer;
  readonly targets: readonly (Reference & { readonly target: string })[];
}

interface Findings {
  /** Problems that do not stop the collect. */
  readonly warnings: string[];
  readonly missing: MissingAsset[];
}

/**
 * Reads all assets, and returns them by name. Throws `ERR_ASSET_UNREADABLE`, and `ERR_ASSET_REFERENCES` with every
 * reference that leads nowhere.
 */
export async function readAssets(
  sources: readonly SourceAsset[],
  options: ResolvedAssetOptions,
  namedBy: (source: SourceAsset) => NamedBy,
): Promise<Findings & { readonly read: ReadonlyMap<string, ReadAsset> }> {
  const findings: Findings = { warnings: [], missing: [] };
  const reader = new AssetReader(sources, options, findings);
  await reader.prepare();
  const read = readAll(sources, (source) => reader.read(source, namedBy(source)));
  if (options.missing === 'error' && findings.missing.length > 0) throw missingError(findings.missing);
  return { read, ...findings };
}

/** Reads all files, so that the error lists every file that cannot be read, not only the first. */
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

  read(source: SourceAsset, namedBy: NamedBy): ReadAsset {
    const content = readFileSync(source.file);
    const read = { source, namedBy, hash: contentHash(content), bytes: content.length };
    const scan = this.#scans.get(posix.extname(source.logicalPath).toLowerCase());
    // The bytes of a file that its build has named by content must not change.
    if (scan === undefined || namedBy === 'build')
      return { ...read, text: '', encode: Buffer.from, targets: [] };
    const { text, encode } = decodeText(content);
    const references = this.#scan(scan, text, source);
    return {
      ...read,
      text,
      encode,
      targets: references.flatMap((one) => this.#resolve(one, text, source)),
    };
  }

  /** Finds the references of a file. If its lexer cannot read the file, only the name of its source map is replaced. */
  #scan(scan: Scan, text: string, { file }: SourceAsset): readonly Reference[] {
    // A byte order mark is not part of the language.
    const start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    try {
      return shift(scan(text.slice(start)), start);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#findings.warnings.push(
        `${file} could not be read, so its references stay as they are: ${messageOf(error)}`,
      );
      return scanSourceMap(text);
    }
  }

  /** Returns an asset whose name looks the same, but consists of different characters. */
  #twinOf(name: string): string | undefined {
    return [...this.#names].find((one) => isTwin(one, name));
  }

  #resolve(reference: Reference, text: string, { logicalPath, file }: SourceAsset) {
    const target = resolveReference(reference.url, logicalPath, this.#options);
    if (target === undefined) return [];
    if (this.#names.has(target)) return [{ ...reference, target }];
    const twin = this.#twinOf(target);
    const missing = {
      ...{ file, ...placeOf(text, reference.start), url: reference.url, logicalPath: target },
      ...(twin !== undefined && { twin }),
    };
    // Browsers request a source map only if somebody debugs, and packages often do not include theirs.
    const isHarmless = reference.kind === 'source-map' || this.#options.missing === 'warn';
    if (isHarmless) this.#findings.warnings.push(describeMissing(missing));
    else this.#findings.missing.push(missing);
    return [];
  }
}
