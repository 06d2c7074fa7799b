import { chosenCookieSource, type Dimension, languagesOf } from '../../page/variants/dimension.js';
import { certainLanguages } from '../../page/variants/languages.js';
import type { Answers } from '../answers.js';
import type { Layout, VariantKind, VariantLayout } from '../layout.js';
import { comment, directive, map, own, pattern, type Statement, variables, type Word } from './directives.js';
import { headerVariable } from './gate.js';

/** Says which dimensions the page of a request has: the name of a {@link VariantKind}, or empty if it has none. */
export const KIND = '$staticgenerator_variants';

/** The folder of the variant that a request gets, with a slash before it. Empty if its page has no variants. */
export const VARIANT_FOLDER = '$staticgenerator_variant';

/**
 * Means that only the app can find out what a request has chosen. No value looks like this, so there is no such folder.
 */
const UNDECIDED = '-';

/** Returns the maps of what a request has chosen, and of what depends on it in the response. */
export function variantMaps({ variants }: Layout, answers: Answers): readonly Statement[] {
  if (variants === undefined) return [];
  return [...kindMap(variants), ...variants.dimensions.flatMap(valueMaps), ...answerMaps(variants, answers)];
}

function kindMap({ paths }: VariantLayout): readonly Statement[] {
  return [
    comment(
      'The dimensions in which the pages of an address vary: the first pattern decides. Only variants that the app has stored have a\n' +
        'file, so a wrong choice finds no page.',
    ),
    map(
      '$uri',
      KIND,
      '',
      paths.map(({ pattern: source, kind }) => directive(pattern(`~${source}`), kind)),
    ),
  ];
}

function valueMaps(dimension: Dimension): readonly Statement[] {
  const { name, header, values } = dimension;
  const [first = ''] = values;
  const value = `$staticgenerator_variant_${name}`;
  const headed = `$staticgenerator_headed_${name}`;
  const cookie = chosenCookieSource(dimension, `(?<staticgenerator_cookie_${name}>`, 'afterSemicolon');
  const about = comment(
    `The ${name}: from the cookie, if it has one of the values, otherwise from the header, otherwise the first.`,
  );
  if (cookie === undefined) return [about, ...headerMaps(dimension, value)];
  const byHeader = header === undefined ? first : variables(headed);
  return [
    about,
    ...headerMaps(dimension, headed),
    map(';$http_cookie', value, byHeader, [
      directive(pattern(';'), byHeader),
      directive(own(`~${cookie}`), variables(`$staticgenerator_cookie_${name}`)),
    ]),
  ];
}

/** Sets the variable `chosen` to the value that the header chooses. */
function headerMaps(dimension: Dimension, chosen: string): readonly Statement[] {
  const { name, header, said, values, isLanguage } = dimension;
  if (header === undefined) return [];
  const entries = Object.entries(said).map(([value, text]) => directive(keyOf(text), value));
  const [otherwise = ''] = values;
  if (!isLanguage) return [map(headerVariable(header), chosen, otherwise, entries)];
  const ranged = `$staticgenerator_ranged_${name}`;
  const found = variables(`$staticgenerator_range_${name}`);
  const certain = certainLanguages(languagesOf(dimension), `(?<staticgenerator_range_${name}>`);
  return [
    comment('In the form that browsers send. The app decides all other weights.'),
    map(headerVariable(header), ranged, UNDECIDED, [
      directive('', ''),
      ...certain.chosen.map((source) => directive(own(`~*${source}`), found)),
      directive(pattern(`~*${certain.none}`), ''),
    ]),
    map(ranged, chosen, otherwise, [directive(UNDECIDED, UNDECIDED), ...entries]),
  ];
}

/** Returns a key that a map compares as a whole, without regard to case. */
function keyOf(text: string): Word {
  return pattern(/^(?:default|hostnames|include|volatile)$/i.test(text) ? `\\${text}` : text);
}

function answerMaps(layout: VariantLayout, answers: Answers): readonly Statement[] {
  const { before, dimensions, kinds } = layout;
  const byKind = (variable: string, otherwise: Word, wordOf: (kind: VariantKind) => Word) =>
    map(
      KIND,
      variable,
      otherwise,
      kinds.map((kind) => directive(kind.name, wordOf(kind))),
    );
  const folderOf = ({ dimensions }: VariantKind) =>
    `/${before}${dimensions.map((name) => `${name}=$staticgenerator_variant_${name}`).join(';')}`;
  const tagOf = ({ language }: VariantKind) => {
    const dimension = dimensions.find(({ name }) => name === language);
    return dimension === undefined ? '' : variables(tagVariable(dimension));
  };
  return [
    comment('Where the pages of the variant are stored, and what their headers say about it.'),
    byKind(VARIANT_FOLDER, '', (kind) => variables(folderOf(kind))),
    byKind(VARY, 'Accept-Encoding', ({ vary }) => `Accept-Encoding, ${vary}`),
    ...languageMaps(layout),
    ...(hasLanguage(layout) ? [byKind(CONTENT_LANGUAGE, '', tagOf)] : []),
    ...answers.forCdn.map(([, value], index) => byKind(cdnVariable(index), value, () => '')),
  ];
}

const VARY = '$staticgenerator_vary';
const CONTENT_LANGUAGE = '$staticgenerator_content_language';

function cdnVariable(index: number): string {
  return `$staticgenerator_for_cdn_${index + 1}`;
}

function hasLanguage({ kinds }: VariantLayout): boolean {
  return kinds.some(({ language }) => language !== undefined);
}

/** Maps values to language tags, if they differ. */
function languageMaps({ dimensions, kinds }: VariantLayout): readonly Statement[] {
  const languages = dimensions.filter(({ name }) => kinds.some(({ language }) => language === name));
  return languages
    .filter((dimension) => !areTags(dimension))
    .map((dimension) =>
      map(
        `$staticgenerator_variant_${dimension.name}`,
        tagVariable(dimension),
        '',
        Object.entries(dimension.said).map(([value, tag]) => directive(keyOf(value), tag)),
      ),
    );
}

/** Whether each value is the tag of its language. */
function areTags({ said }: Dimension): boolean {
  return Object.entries(said).every(([value, tag]) => value === tag);
}

function tagVariable(dimension: Dimension): string {
  return `$staticgenerator_${areTags(dimension) ? 'variant' : 'tag'}_${dimension.name}`;
}

/** Returns the headers of all pages, including those that depend on variants. */
export function pageHeaders({ variants }: Layout, answers: Answers): readonly (readonly [string, Word])[] {
  const { headers, forCdn, vary } = answers;
  const varied = vary === 'every' ? varyingHeaders({ variants }) : [];
  if (variants === undefined) return [...headers, ...varied];
  const cdn = new Map(forCdn.map(([name], index) => [name, variables(cdnVariable(index))]));
  return [
    ...headers.map(([name, value]) => [name, cdn.get(name) ?? value] as const),
    ...varyingHeaders({ variants }),
  ];
}

/** Returns the headers that say what pages vary by, and which language they have. */
export function varyingHeaders({ variants }: Pick<Layout, 'variants'>): readonly (readonly [string, Word])[] {
  if (variants === undefined) return [['Vary', 'Accept-Encoding']];
  return [
    ['Vary', variables(VARY)],
    ...(hasLanguage(variants) ? [['Content-Language', variables(CONTENT_LANGUAGE)] as const] : []),
  ];
}
