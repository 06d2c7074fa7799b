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

/** Which file holds a page, by the shape of the page's path. */
export interface Layout {
  /** WEB_ROOT as the server sees it. If the host has a folder, it comes between this and the file. */
  readonly root: string;
  /**
   * With the option `cluster`: a folder in the root. It has a link to the root for each second since 1970 in which
   * pages may be served, named by the number of the second. The server looks for pages below the link of the second in
   * which it answers.
   */
  readonly seconds: string | undefined;
  /** A PCRE of the whole path of a page as it was sent. A path that matches has one decoding, which names the file. */
  readonly path: string;
  /**
   * The same for engines without look-around: the whole path must match `path`, and no part of it may match `never`.
   */
  readonly linear: { readonly path: string; readonly never: string };
  /** No path has two shapes. */
  readonly shapes: readonly PageShape[];
  /** Where pages with a query are stored. `undefined` if there are none. */
  readonly query: QueryLayout | undefined;
  /** Where pages with variants are stored. `undefined` if there are none. */
  readonly variants: VariantLayout | undefined;
}

/** Which of several pages of one URL a request gets. Each variant has a folder, which comes before the decoded path. */
export interface VariantLayout {
  /** The dimensions that some pages have. */
  readonly dimensions: readonly Dimension[];
  readonly kinds: readonly VariantKind[];
  /** What the name of a folder has before the dimensions and values (`language=de;currency=EUR`). */
  readonly before: string;
  /** PCREs of decoded paths, and the kind of their pages, which is empty if they have no variants. The first that matches decides. */
  readonly paths: readonly { readonly pattern: string; readonly kind: string }[];
}

/** Pages that have the same dimensions. */
export interface VariantKind {
  readonly name: string;
  /** The names of the dimensions, in the order of the folder's name. */
  readonly dimensions: readonly string[];
  /** The names of the request headers that choose the variant. */
  readonly vary: string;
  /** The name of the dimension that is a language. `undefined` if none is. */
  readonly language: string | undefined;
}

/**
 * The file of a page with a query consists of its decoded path, `before`, the folder, a slash, the query as it was
 * sent, a dot and an extension. The extension is that of the path if it has one. If there is no such file, the query
 * has no page.
 */
export interface QueryLayout {
  /** The parameters that a query may have: see `pageQuerySource`. */
  readonly names: readonly string[];
  /** The separator between the path and the folder. */
  readonly before: string;
  /** A PCRE of the extension that a path may end with. */
  readonly ofPath: string;
  /** The extensions if the path has none. The first file that exists is the page. */
  readonly extensions: readonly Extension[];
}

/** The paths of one shape, and where their pages are stored. */
export interface PageShape {
  readonly shape: Shape;
  /**
   * A PCRE of the end of such a path, sent or decoded. `undefined` if the shape has all paths that no other shape has.
   */
  readonly end: string | undefined;
  /** A PCRE of most such paths, as sent, that is cheaper than `path`. `undefined` if there is none. */
  readonly usual: string | undefined;
  /** What the file's name has after the decoded path. If there are several, the first file that exists is the page. */
  readonly suffixes: readonly string[];
}

/**
 * The extensions that distinguish the files of one path. If the path itself has an extension, they make no difference.
 */
const extensionsOfShape: Readonly<Record<Shape, readonly Extension[]>> = {
  directory: ['html'],
  extension: ['html'],
  extensionless: extensionlessTypes,
};

/** The fingerprint depends on this order. */
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
    // The list ends at the first pattern that a server cannot read. Pages of later rules are not where a server looks.
    paths: paths.slice(0, paths.findLastIndex(({ kind }) => kind !== '') + 1),
  };
}

/** Returns the kinds of pages with variants. Rules with the same dimensions are of one kind. */
export function kindsOf(
  included: Rules['included'],
): readonly { readonly name: string; readonly variants: RuleVariants }[] {
  const found = included.flatMap(({ variants }) => (variants === undefined ? [] : [variants]));
  const distinct = new Map(found.map((variants) => [variants.source, variants]));
  return [...distinct.values()].map((variants, index) => ({ name: `v${index + 1}`, variants }));
}

/** Returns the part of a file's name after the path: the whole name, if the path adds nothing. */
function suffixOf(shape: Shape, extension: Extension): string {
  return fileOf({ path: '/', decoded: '/', shape }, extension);
}
