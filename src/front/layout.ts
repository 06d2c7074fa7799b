import {
  canonicalSource,
  canonicalWithoutLookaround,
  type Extension,
  endSource,
  type Shape,
  usualSource,
} from '../page/grammar.js';
import { extensionlessTypes, fileOf } from '../page/layout.js';
import { portableSource } from '../page/portable-pattern.js';
import { QUERY_MARK } from '../page/query.js';
import type { Rules } from '../page/rules.js';
import type { Dimension } from '../page/variants/dimension.js';
import type { RuleVariants } from '../page/variants/rule-variants.js';
import { variantFolder } from '../page/variants/variant.js';
import { TERM_FOLDER } from '../store/web-root.js';
import type { FrontSite } from './site.js';

/** Which file a page lies in, by the shape of its path. */
export interface Layout {
  /** WEB_ROOT as the server sees it. The folder of the host, where it has one, comes between this and the file. */
  readonly root: string;
  /**
   * With several hosts: a folder in the root that has a link to it for each second since 1970 in which pages may be served,
   * named by its number. Pages are looked for below the link of the second in which a request is answered.
   */
  readonly seconds: string | undefined;
  /** A PCRE of the whole path of a page as it was sent. What it matches has one decoding, which names the file. */
  readonly path: string;
  /** The same for engines without look-around: a path has to match the one as a whole, and must not have the other in it. */
  readonly linear: { readonly path: string; readonly never: string };
  /** No path has two shapes. */
  readonly shapes: readonly PageShape[];
  /** Where pages lie that have a query. Undefined: none has one. */
  readonly query: QueryLayout | undefined;
  /** Where pages lie that have variants. Undefined: none has any. */
  readonly variants: VariantLayout | undefined;
}

/** Which of several pages of one URL a request gets: each variant has a folder, which comes before the decoded path. */
export interface VariantLayout {
  /** Those that some pages have. */
  readonly dimensions: readonly Dimension[];
  readonly kinds: readonly VariantKind[];
  /** What the name of a folder has before dimensions and values: `language=de;currency=EUR`. */
  readonly before: string;
  /** PCREs of decoded paths, and the kind of their pages, which is empty where they have no variants. The first that matches decides. */
  readonly paths: readonly { readonly pattern: string; readonly kind: string }[];
}

/** Pages that have the same dimensions. */
export interface VariantKind {
  readonly name: string;
  /** The names of the dimensions, in the order of the folder's name. */
  readonly dimensions: readonly string[];
  /** The names of the request headers that choose. */
  readonly vary: string;
  /** The dimension that is a language. Undefined: none is. */
  readonly language: string | undefined;
}

/**
 * The file of a page with a query: its decoded path, what comes before the folder, the folder, a slash, the query as it was sent,
 * a dot and an extension, which is that of the path where it has one. If there is no such file, the query has no page.
 */
export interface QueryLayout {
  /** The parameters that a query may have: see `pageQuerySource`. */
  readonly names: readonly string[];
  /** What parts the folder from the path. */
  readonly before: string;
  /** A PCRE of the extension that a path may have at its end. */
  readonly ofPath: string;
  /** Where the path has none; of several, the first file that exists is the page. */
  readonly extensions: readonly Extension[];
}

/** The paths of one shape, and where their pages lie. */
export interface PageShape {
  readonly shape: Shape;
  /** A PCRE of the end of such a path, sent or decoded. Undefined: all that no other shape has. */
  readonly end: string | undefined;
  /** A PCRE of most such paths, as sent, that takes less than `path` does. Undefined: there is none. */
  readonly usual: string | undefined;
  /** What the file's name has after the decoded path; of several, the first file that exists is the page. */
  readonly suffixes: readonly string[];
}

/** The extensions that tell the files of one path apart; where the path has one itself, it makes no difference. */
const extensionsOfShape: Readonly<Record<Shape, readonly Extension[]>> = {
  directory: ['html'],
  extension: ['html'],
  extensionless: extensionlessTypes,
};

/** In the order of the fingerprint. */
export const shapes: readonly Shape[] = ['directory', 'extension', 'extensionless'];

const pageShapes: readonly PageShape[] = shapes.map((shape) => ({
  shape,
  end: endSource(shape),
  usual: usualSource(shape),
  suffixes: extensionsOfShape[shape].map((extension) => suffixOf(shape, extension)),
}));

export function describeLayout(
  webRoot: string,
  { cluster, rules }: Pick<FrontSite, 'cluster' | 'rules'>,
): Layout {
  const { queryNames } = rules;
  const seconds = cluster === undefined ? undefined : TERM_FOLDER;
  return {
    ...{ root: webRoot, seconds },
    path: canonicalSource('pcre'),
    linear: canonicalWithoutLookaround,
    shapes: pageShapes,
    query:
      queryNames.length === 0
        ? undefined
        : {
            names: queryNames,
            before: QUERY_MARK,
            ofPath: endSource('extension') ?? '(?!)',
            extensions: extensionlessTypes,
          },
    variants: describeVariants(rules),
  };
}

function describeVariants({ included }: Pick<Rules, 'included'>): VariantLayout | undefined {
  const kinds = kindsOf(included);
  if (kinds.length === 0) return undefined;
  const sources = included.map(({ pattern }) => portableSource(pattern));
  const end = sources.indexOf(undefined);
  const paths = included.slice(0, end === -1 ? included.length : end).map(({ variants }, index) => ({
    pattern: sources[index] ?? '(?!)',
    kind: kinds.find((kind) => kind.variants.source === variants?.source)?.name ?? '',
  }));
  return {
    before: variantFolder(''),
    dimensions: [...new Set(kinds.flatMap(({ variants }) => variants.dimensions))],
    kinds: kinds.map(({ name, variants: { dimensions, vary } }) => ({
      ...{ name, vary, dimensions: dimensions.map((one) => one.name) },
      language: dimensions.find(({ isLanguage }) => isLanguage)?.name,
    })),
    // As far as the patterns can be read: of what comes after, there are no pages where a server looks.
    paths: paths.slice(0, paths.findLastIndex(({ kind }) => kind !== '') + 1),
  };
}

/** Rules with the same dimensions are of one kind. */
export function kindsOf(
  included: Rules['included'],
): readonly { readonly name: string; readonly variants: RuleVariants }[] {
  const found = included.flatMap(({ variants }) => (variants === undefined ? [] : [variants]));
  const distinct = new Map(found.map((variants) => [variants.source, variants]));
  return [...distinct.values()].map((variants, index) => ({ name: `v${index + 1}`, variants }));
}

/** The name of a file whose path adds nothing to it. */
function suffixOf(shape: Shape, extension: Extension): string {
  return fileOf({ path: '/', decoded: '/', shape }, extension);
}
