import { randomBytes } from 'node:crypto';
import { type Refusal, refuse } from '../../page/reasons.js';
import {
  DIRECTIVE_START,
  includeTarget,
  MAX_INCLUDES,
  type PagePart,
  partsOf,
  writeInclude,
} from '../../page/response/includes.js';

/** The beginning of every mark in a body, of any render. */
const ANY_MARK = '<!--island ';
/** The end of the start tag around an island. A minifier may leave out its quotes. */
const ELEMENT = `data-included=(?:"[^"]*"|'[^']*'|[^\\s"'>]*)>`;

/**
 * The islands that are put into one response for its visitor. The app writes a mark for each, with a text in it that no
 * one can know: anything else in the body that looks like an island was written by someone else. A mark that stays is a
 * comment, with the fallback after it.
 */
export class RenderIncludes {
  /** The path that answers for islands. */
  readonly #path: string;
  readonly #token = randomBytes(16).toString('hex');
  readonly #targets: { readonly url: string; readonly target: string }[] = [];
  #isOpen = true;

  constructor(path: string) {
    this.#path = path;
  }

  get isUsed(): boolean {
    return this.#targets.length > 0;
  }

  /** Returns HTML with the mark of an island; `undefined` if the island has to come in another way. */
  add(url: string, fallback: string): string | undefined {
    const target = includeTarget(this.#path, url);
    const isPossible = this.#isOpen && this.#targets.length < MAX_INCLUDES && target !== undefined;
    // An island in a fallback would have to be put in before it is known whether the fallback is shown.
    if (!isPossible || fallback.includes(ANY_MARK)) return undefined;
    const number = this.#targets.push({ url, target }) - 1;
    return `${ANY_MARK}${this.#token} ${number}-->${fallback}<!--/island ${this.#token} ${number}-->`;
  }

  /** Called when the head of the response has left, or all of it: the script fetches later islands. */
  close(): void {
    this.#isOpen = false;
  }

  /** Returns the response as it is sent to its visitor. */
  partsOf(body: Buffer): readonly PagePart[] {
    return partsOf(body.toString('latin1'), this.#marks(), ([, number, fallback = '']) => ({
      url: this.#targets[Number(number)]?.url ?? '',
      fallback: Buffer.from(fallback, 'latin1'),
    }));
  }

  /** Returns the body as it is stored, with directives in place of the marks. It has no other directives. */
  toStored(body: Buffer): Buffer | Refusal {
    const text = body.toString('latin1');
    if (this.isUsed && text.includes(DIRECTIVE_START))
      return refuse('include', `the body has ${DIRECTIVE_START}`);
    let count = 0;
    const stored = text.replace(this.#marks(), (_, number: string, fallback: string) => {
      count += 1;
      return writeInclude(this.#targets[Number(number)]?.target ?? '', fallback, count - 1);
    });
    if (count > MAX_INCLUDES) return refuse('include', `${count} islands`);
    if (stored.includes(`${ANY_MARK}${this.#token}`))
      return refuse('include', 'an island in a script or a quoted text');
    if (stored.includes(ANY_MARK)) return refuse('include', 'an island of another render');
    return Buffer.from(stored, 'latin1');
  }

  /**
   * Matches the marks of islands that were added: no other number can be in a mark. Each mark follows the start of its
   * element, as `island()` wrote it. If quotes are escaped, as in JSON, the mark is not in HTML: an island would end
   * the text.
   */
  #marks(): RegExp {
    const mark = `${ANY_MARK}${this.#token}`;
    return new RegExp(`${mark}(?<=${ELEMENT}${mark}) (\\d+)-->(.*?)<!--/island ${this.#token} \\1-->`, 'gs');
  }
}
