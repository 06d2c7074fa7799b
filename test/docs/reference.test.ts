import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import helmet from 'helmet';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { hostStates } from '../../src/cluster/overview/states.js';
import { type Options, resolveConfig } from '../../src/config.js';
import { StaticGeneratorError } from '../../src/errors.js';
import { apiProblems } from '../../src/operate/api/problem.js';
import { knownExtensions } from '../../src/page/grammar.js';
import { extensionsOf, fileOf, parsePagePath } from '../../src/page/layout.js';
import { captureReasons, publishReasons, requestReasons, responseReasons } from '../../src/page/reasons.js';
import { defaultBypassHeaders } from '../../src/page/request/bypass-headers.js';
import { foreignCookies, personalCookies } from '../../src/page/request/default-cookies.js';
import { defaultIgnoreHeaders } from '../../src/page/request/header-reads.js';
import { defaultBodyMarkers } from '../../src/page/response/markers.js';
import { defaultTypes } from '../../src/page/response/types.js';
import { listen, send } from '../helpers/site/site.js';
import { type Page, readPage, repository, type Section, tableRows } from './markdown.js';

/** The declarations of the public interface, as the compiler sees them. */
const declared = declarations();

describe('docs/reference/options.md', () => {
  const page = readPage('docs/reference/options.md');
  const sections = page.sections.filter(({ depth }) => depth === 2);

  test('has a section and a row for every option, and for nothing else', () => {
    const names = [...declared.options.keys()];
    expect(sections.map(({ title }) => title)).toEqual(names);
    const [overview] = page.sections;
    const linked = codeIn(
      tableRows(overview?.text ?? '')
        .map(([cell]) => cell)
        .join(),
    );
    expect(linked.sort()).toEqual([...names].sort());
  });

  test.each(sections.map((section) => [section.title, section] as const))(
    '%s has its type, default, example and error',
    (name, section) => {
      const [, type, rest = ''] = /^\s*Type `([^`]+)`(.*)/.exec(section.text) ?? [];
      const option = declared.options.get(name);
      expect(type).toBe(option?.type);
      expect(/^, required\./.test(rest)).toBe(option?.required);
      expect(/ Default: \S/.test(rest)).toBe(option?.required === false);

      const blocks = page.blocks.filter((block) => block.section === name);
      const example = blocks.find(({ language }) => language === 'js');
      expect(example?.text).toMatch(new RegExp(`\\b${name}\\b`));

      const [, wrong = ''] = /^Refused: `(.+)`$/m.exec(section.text) ?? [];
      expect(wrong).toMatch(new RegExp(`^${name}:`));
      expect(problemsOf(wrong)).toEqual([blocks.find(({ language }) => language === 'text')?.text]);
    },
  );

  test('has the defaults of the code', () => {
    const textOf = (name: string) => sections.find(({ title }) => title === name)?.text ?? '';
    const listed = (name: string) => codeIn(/Default: [^`]+:\s+(.+?)\.\n\n/s.exec(textOf(name))?.[1] ?? '');
    const groups = (name: string) =>
      Object.fromEntries(tableRows(textOf(name)).map(([group = '', names = '']) => [group, codeIn(names)]));
    expect(groups('bypassCookies')).toEqual(personalCookies);
    expect(groups('ignoreCookies')).toEqual(foreignCookies);
    expect(listed('bypassHeaders')).toEqual(defaultBypassHeaders);
    expect(listed('ignoreHeaders')).toEqual(defaultIgnoreHeaders);
    expect(listed('bodyMarkers')).toEqual(defaultBodyMarkers);
    expect(textOf('maxBodyBytes')).toContain(defaultsOf().maxBodyBytes.toLocaleString('en'));
    const types = tableRows(textOf('types')).flatMap(([extensions = '', type = '']) =>
      codeIn(extensions).map((extension) => [extension, codeIn(type)[0]]),
    );
    expect(Object.fromEntries(types)).toEqual(defaultTypes);
  });
});

describe('docs/reference/api.md', () => {
  const page = readPage('docs/reference/api.md');

  test.each([
    ['Exports', () => declared.values],
    ['Members', () => declared.members],
    ['Types', () => declared.types],
  ])('%s has a section for every name, and for nothing else', (title, names) => {
    const found = sectionsUnder(page, title).map((section) => section.title);
    expect(found.sort()).toEqual([...names()].sort());
  });

  test.each([...declared.interfaces])(
    '%s has a row for every member, and for nothing else',
    (name, members) => {
      const section = page.sections.find(({ title, depth }) => depth === 3 && title === name);
      const rows = tableRows(section?.text ?? '').flatMap(([cell = '']) => codeIn(cell));
      // The table also has what every error has.
      const inherited = name === 'StaticGeneratorError' ? ['message', 'cause'] : [];
      expect(rows.sort()).toEqual([...members, ...inherited].sort());
    },
  );

  test.each(sectionsUnder(page, 'Members').map((section) => [section.title, section] as const))(
    '%s is shown with its parameters',
    (name, section) => {
      expect(section.text).toMatch(new RegExp(`^\\s*\`${name}\\(`));
    },
  );
});

describe('docs/reference/errors.md', () => {
  const page = readPage('docs/reference/errors.md');
  const sections = page.sections.filter(({ depth }) => depth === 2);

  test('has a section for every code, in the order of the source, and for nothing else', () => {
    expect(sections.map(({ title }) => title)).toEqual(declared.codes);
  });

  test.each(sections.map((section) => [section.title, section] as const))(
    '%s says when, what to do, and which fields',
    (_title, { text }) => {
      for (const part of ['When', 'Do', 'Fields'])
        expect(text).toMatch(new RegExp(`^- \\*\\*${part}:\\*\\* \\S`, 'm'));
    },
  );
});

test('docs/reference/http-api.md has the codes of the API, with status and remedy', () => {
  const section = readPage('docs/reference/http-api.md').sections.find(({ title }) => title === 'Errors');
  const rows = tableRows(section?.text ?? '').filter(([code = '']) => code.startsWith('`ERR_API_'));
  expect(rows.map(([code = '', status, remedy]) => [codeIn(code)[0], Number(status), remedy])).toEqual(
    Object.entries(apiProblems).map(([code, { status, remedy }]) => [code, status, remedy]),
  );
});

describe('reasons', () => {
  const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    Requests: requestReasons,
    Captures: captureReasons,
    Responses: responseReasons,
    Publications: publishReasons,
  };

  test.each(Object.entries(groups))(
    '%s of docs/reference/reasons.md are those of the code, with its words',
    (title, reasons) => {
      const section = readPage('docs/reference/reasons.md').sections.find((one) => one.title === title);
      const rows = tableRows(section?.text ?? '').map(([code = '', means]) => [codeIn(code)[0], means]);
      expect(rows).toEqual(Object.entries(reasons));
    },
  );

  test('docs/guide/what-is-never-stored.md says of each why it is one', () => {
    const rows = tableRows(readPage('docs/guide/what-is-never-stored.md').text);
    expect(rows.map(([code = '']) => codeIn(code)[0])).toEqual(Object.values(groups).flatMap(Object.keys));
    for (const [code, why = ''] of rows) expect(why, code).toMatch(/^\S.{10,}[.]$/);
  });
});

test('docs/reference/commands.md has the states of a host, in the words of the code', () => {
  const section = readPage('docs/reference/commands.md').sections.find(({ title }) => title === 'hosts');
  const rows = tableRows(section?.text ?? '').map(([code = '', means]) => [codeIn(code)[0], means]);
  const { 'cut-off': cutOff, 'no-term': noTerm, ...states } = hostStates;
  expect(rows.filter(([code = '']) => code in hostStates)).toEqual(Object.entries(states));
  for (const words of [cutOff, noTerm]) expect(section?.text.replace(/\s+/g, ' ')).toContain(words);
});

describe('URLs and files', () => {
  test.each(['README.md', 'docs/guide/choosing-urls.md'])(
    'the table of %s is what the layout does',
    (file) => {
      const rows = tableRows(readPage(file).text).filter(([url]) => url?.startsWith('`/'));
      expect(rows.length).toBeGreaterThan(6);
      for (const [urls = '', target = ''] of rows) {
        for (const url of codeIn(urls))
          expect([url, fileOfUrl(url)]).toEqual([url, expectedFile(urls, target, url)]);
      }
    },
  );

  test('docs/guide/choosing-urls.md lists the known extensions', () => {
    const { text } = readPage('docs/guide/choosing-urls.md');
    const [, list = ''] = /known\s+extension\s+\(`([^`]+)`\)/.exec(text) ?? [];
    expect(list.split(/\s+/)).toEqual(knownExtensions);
  });

  /** Returns the expected file as HTML, or as JSON if the row says so. */
  function expectedFile(urls: string, target: string, url: string): string | undefined {
    if (target.startsWith('none')) return undefined;
    const [file] = codeIn(target);
    if (file === undefined) return url.slice(1);
    return urls.includes('as JSON') ? file.replace(/\.html$/, '.json') : file;
  }

  function fileOfUrl(url: string): string | undefined {
    const page = parsePagePath(url);
    if (page === undefined) return undefined;
    const [first = 'html', second] = extensionsOf(page);
    return fileOf(page, url.startsWith('/api/') ? (second ?? first) : first);
  }
});

test('docs/architecture.md has every group of the sources, and no other', () => {
  const section = readPage('docs/architecture.md').sections.find(({ title }) => title === 'Layers');
  const named = tableRows(section?.text ?? '').flatMap(([groups = '']) => codeIn(groups));
  const groups = readdirSync(posix.join(repository, 'src'), { withFileTypes: true })
    .filter(({ name }) => name !== 'tsconfig.json')
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  expect(named.sort()).toEqual(groups.sort());
});

describe('docs/contributing.md', () => {
  const page = readPage('docs/contributing.md');
  const sectionOf = (name: string) => page.sections.find(({ title }) => title === name)?.text ?? '';

  test('names suites that exist, for each promise', () => {
    const rows = tableRows(sectionOf('Which test fails when which promise breaks'));
    const named = rows.flatMap(([, suites = '']) => codeIn(suites));
    expect(named.length).toBeGreaterThan(rows.length);
    const isThere = (path: string) => existsSync(posix.join(repository, 'test', path));
    const isSuite = (name: string) => [`${name}.test.ts`, `${name}.ts`, name].some(isThere);
    expect(named.filter((name) => !isSuite(name))).toEqual([]);
  });

  test('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(posix.join(repository, 'package.json'), 'utf8'));
    const named = [...page.text.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('docs/guide/headers.md has the headers of helmet', async () => {
  const block = readPage('docs/guide/headers.md').blocks.find(({ section }) => section === 'helmet');
  const given: Options[] = [];
  new Function('staticGenerator', block?.text ?? '')((options: Options) => given.push(options));
  const declaredThere = Object.entries(given[0]?.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);

  const protect = helmet();
  const port = await listen((request, response) => protect(request, response, () => void response.end()));
  const { date, connection, 'content-length': length, ...sent } = (await send(port, '/')).headers;
  expect(Object.fromEntries(declaredThere)).toEqual(sent);
});

/** Returns the code spans of a text. */
function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Returns the sections of depth 3 under a section of depth 2. */
function sectionsUnder({ sections }: Page, title: string): readonly Section[] {
  const start = sections.findIndex((section) => section.depth === 2 && section.title === title);
  const rest = sections.slice(start + 1);
  const end = rest.findIndex(({ depth }) => depth <= 2);
  return rest.slice(0, end === -1 ? undefined : end);
}

function defaultsOf() {
  return resolveConfig({ urls: [], webRoot: '/var/www/blog', logger: false }, {});
}

/** Returns the messages about options that include this one. */
function problemsOf(option: string): readonly unknown[] {
  const options: Options = new Function(
    `return { urls: [], webRoot: '/var/www/blog', logger: false, ${option} };`,
  )();
  try {
    resolveConfig(options, {});
    return [];
  } catch (error) {
    if (!(error instanceof StaticGeneratorError)) throw error;
    const { problems } = error.fields as { problems: readonly { message: string }[] };
    return problems.map(({ message }) => message);
  }
}

interface Declarations {
  readonly options: ReadonlyMap<string, { readonly type: string; readonly required: boolean }>;
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly members: readonly string[];
  readonly codes: readonly string[];
  /** The members of every exported interface and class, except the two that have their own pages or sections. */
  readonly interfaces: ReadonlyMap<string, readonly string[]>;
}

function declarations(): Declarations {
  // The built declarations, because they are much smaller than the sources.
  const file = posix.join(repository, 'dist/index.d.ts');
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    lib: ['lib.es2023.d.ts'],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error('dist/index.d.ts has no exports');
  const exported = new Map(
    checker.getExportsOfModule(module).map((symbol) => [symbol.name, checker.getAliasedSymbol(symbol)]),
  );
  const isValue = ({ flags }: ts.Symbol) => (flags & ts.SymbolFlags.Value) !== 0;
  const membersOf = (name: string) => {
    const symbol = exported.get(name);
    if (symbol === undefined) throw new Error(`dist/index.d.ts does not export ${name}`);
    return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
  };
  const nodeOf = (symbol: ts.Symbol) => symbol.declarations?.[0];
  const interfaces = [...exported]
    .filter(([name]) => !['Options', 'StaticGenerator'].includes(name))
    .filter(([, symbol]) => nodeOf(symbol) !== undefined)
    .filter(([, symbol]) =>
      symbol.declarations?.some((node) => ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)),
    );
  const isOwn = (symbol: ts.Symbol) => nodeOf(symbol)?.getSourceFile().fileName.includes('/dist/') === true;
  const options = membersOf('Options').map((symbol) => {
    const node = nodeOf(symbol);
    if (node === undefined || !ts.isPropertySignature(node)) throw new Error(`${symbol.name} is no property`);
    const type = (node.type?.getText() ?? '').replace('UrlPattern', '(RegExp | string)');
    return [symbol.name, { type, required: node.questionToken === undefined }] as const;
  });
  return {
    options: new Map(options),
    values: [...exported].filter(([, symbol]) => isValue(symbol)).map(([name]) => name),
    types: [...exported].filter(([, symbol]) => !isValue(symbol)).map(([name]) => name),
    members: membersOf('StaticGenerator').map(({ name }) => name),
    codes: literalsIn(exported.get('ErrorCode')),
    interfaces: new Map(
      interfaces.map(([name]) => [
        name,
        membersOf(name)
          .filter(isOwn)
          .map((one) => one.name),
      ]),
    ),
  };
}

/** Returns the texts of a union, in the order of the source. */
function literalsIn(symbol: ts.Symbol | undefined): readonly string[] {
  const node = symbol?.declarations?.[0];
  if (node === undefined || !ts.isTypeAliasDeclaration(node) || !ts.isUnionTypeNode(node.type)) return [];
  return node.type.types.map((type) => type.getText().slice(1, -1));
}
