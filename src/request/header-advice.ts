import type { Logger } from '../log.js';
import { urlOf, withoutQuery } from '../page/layout.js';
import type { Audience } from '../page/request/audience.js';
import { type HeaderLine, isDeclarable, isDeclarableValue } from '../page/response/headers.js';
import type { Storable } from '../page/response/rules.js';
import { isContentType } from '../page/response/types.js';
import { OncePerName } from './inputs/advice.js';

/** How many sets of headers are reported: a header that changes with every page would fill the log. */
const MAX_TOLD = 20;

const ADVICE_ON_ACCEPT =
  "Node serves pages that depend on Accept, and only to browsers; to let the server in front serve them, add 'Accept' to the option `bypassHeaders`, generate its configuration again and reload it: other requests then go to the app";

const ADVICE_ON_SCHEME =
  'Node serves pages that depend on the scheme, and only to visitors who use it; to let the server in front serve them, set the option `scheme` to the one that your visitors use, generate its configuration again and reload it';

const ADVICE_ON_LANGUAGE =
  'Node serves pages with variants whose Content-Language differs from that of the variant, or was sent before the app asked for the language; leave the header out, and call `variant()` before the response begins';

/** The options that would let the server in front serve a page, and the headers that no option can fix. */
interface Declarations {
  readonly headers?: Readonly<Record<string, string>>;
  readonly types?: Readonly<Record<string, string>>;
  /** Headers that no option can declare, such as one with two lines. */
  readonly undeclarable?: readonly string[];
  /** Headers that the site has declared, and the response lacks. */
  readonly missing?: readonly string[];
}

/** Logs, once for each set of headers, which options would let the server in front serve the pages that have them. */
export class HeaderAdvice {
  readonly #logger: Logger;
  readonly #told = new Set<string>();
  readonly #onAccept: OncePerName;
  readonly #onScheme: OncePerName;
  readonly #onLanguage: OncePerName;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#onAccept = new OncePerName(logger, ADVICE_ON_ACCEPT, 'info');
    this.#onScheme = new OncePerName(logger, ADVICE_ON_SCHEME, 'info');
    this.#onLanguage = new OncePerName(logger, ADVICE_ON_LANGUAGE, 'info');
  }

  give(path: string, page: Storable, audience: Audience | undefined): void {
    if (audience?.accept !== undefined) this.#onAccept.give('accept', path);
    if (audience?.scheme !== undefined) this.#onScheme.give('x-forwarded-proto', path);
    const isOfVariant = urlOf(path) !== path && page.nodeOnly.includes('content-language');
    if (isOfVariant) this.#onLanguage.give('content-language', path);
    const others = page.nodeOnly.filter((name) => !isOfVariant || name !== 'content-language');
    this.#giveOnHeaders(withoutQuery(path), { ...page, nodeOnly: others });
  }

  #giveOnHeaders(path: string, { nodeOnly, headers, contentType }: Storable): void {
    // A type is declared by path or extension, so each type is reported.
    const key = nodeOnly.map((name) => (name === 'content-type' ? contentType : name)).join();
    if (nodeOnly.length === 0 || this.#told.has(key) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(key);
    const declarations = declarationsFor(path, nodeOnly, headers);
    this.#logger.info({ path, names: nodeOnly, ...declarations }, adviceOf(declarations));
  }
}

function declarationsFor(
  path: string,
  nodeOnly: readonly string[],
  lines: readonly HeaderLine[],
): Declarations {
  const differing = lines.filter(([name]) => nodeOnly.includes(name));
  const isDeclarableLine = ([name, value]: HeaderLine) =>
    name === 'content-type' ? isContentType(value) : isDeclarable(name) && isDeclarableValue(value);
  const declarable = differing.filter(isDeclarableLine);
  const undeclarable = differing.filter((line) => !isDeclarableLine(line)).map(([name]) => name);
  const missing = nodeOnly.filter((name) => differing.every(([differs]) => differs !== name));
  const headers = declarable.filter(([name]) => name !== 'content-type').map(asText);
  const types = declarable
    .filter(([name]) => name === 'content-type')
    .map(([, type]) => [path, String(type)]);
  return {
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...(types.length === 0 ? {} : { types: Object.fromEntries(types) }),
    ...(undeclarable.length === 0 ? {} : { undeclarable }),
    ...(missing.length === 0 ? {} : { missing }),
  };
}

function asText([name, value]: HeaderLine): readonly [string, string] {
  return [name, String(value)];
}

function adviceOf({ undeclarable, missing }: Declarations): string {
  if (undeclarable !== undefined)
    return 'Node serves pages with these headers: the server in front can repeat no header that has several lines, no Expires, and no $';
  if (missing !== undefined)
    return 'Node serves pages that lack a header of the option `headers`: send it with every page, or take it out of the option';
  return 'Node serves pages with these headers; if the values are constant, add them to the options `headers` and `types`, generate the configuration of the server in front again and reload it';
}
