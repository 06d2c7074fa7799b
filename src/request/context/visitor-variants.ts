import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StaticGeneratorError } from '../../errors.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { compileChoice, type Dimension } from '../../page/variants/dimension.js';
import type { RuleVariants } from '../../page/variants/rule-variants.js';
import { applyHeadArguments } from '../response/head-arguments.js';

type Choose = ReturnType<typeof compileChoice>;

/** What one request has chosen, and which of these values the app has asked for. */
export class VisitorVariants {
  readonly #headers: IncomingMessage['headers'];
  readonly #asked = new Map<string, string>();

  constructor({ headers }: IncomingMessage) {
    this.#headers = headers;
  }

  ask(name: string, choose: Choose): string {
    const value = this.#asked.get(name) ?? choose(this.#headers);
    this.#asked.set(name, value);
    return value;
  }

  /** Returns why the response cannot be a page of its rule, by what was asked for until now. */
  refuse(variants: RuleVariants | undefined): Refusal | undefined {
    const named = variants?.dimensions.map(({ name }) => name) ?? [];
    const other = [...this.#asked.keys()].find((name) => !named.includes(name));
    return other === undefined ? undefined : refuse('variant', `${other} is not named`);
  }

  /** As {@link refuse}, for an ended response. A variant not asked for changes nothing, or is read in another way. */
  conclude(variants: RuleVariants | undefined): Refusal | undefined {
    const missing = variants?.dimensions.find(({ name }) => !this.#asked.has(name));
    return this.refuse(variants) ?? (missing && refuse('variant', `${missing.name} is not asked for`));
  }

  /** Adds to the head of a response what caches and clients need to know about the variants of its URL. */
  tell(response: ServerResponse, variants: RuleVariants): void {
    const { writeHead } = response;
    let isTold = false;
    response.writeHead = (...given: unknown[]): ServerResponse => {
      if (isTold || response.headersSent) return Reflect.apply(writeHead, response, given);
      isTold = true;
      const rest = applyHeadArguments(response, given);
      addVary(response, variants.vary);
      const language = this.#languageOf(variants);
      if (rest[0] === 200 && language !== undefined && !response.hasHeader('content-language'))
        response.setHeader('Content-Language', language);
      return Reflect.apply(writeHead, response, rest);
    };
  }

  /** Returns the language of the response, if the app has asked for it. */
  #languageOf({ dimensions }: RuleVariants): string | undefined {
    const language = dimensions.find(({ isLanguage }) => isLanguage);
    const value = this.#asked.get(language?.name ?? '');
    return value === undefined ? undefined : language?.said[value];
  }
}

function addVary(response: ServerResponse, names: string): void {
  const given = response.getHeader('vary');
  const said = given === undefined ? [] : [given].flat().map(String);
  const known = new Set(said.flatMap((line) => line.toLowerCase().split(/[\s,]+/)));
  if (known.has('*')) return;
  const missing = names.split(', ').filter((name) => !known.has(name.toLowerCase()));
  if (missing.length > 0) response.setHeader('Vary', [...said, ...missing].join(', '));
}

/** The part of a visit that this file uses. */
interface Begun {
  readonly request: IncomingMessage;
  readonly next: (error?: unknown) => void;
  readonly chosen?: VisitorVariants | undefined;
}

/** Finds, through async context, what was chosen by the request that a piece of code belongs to. */
export class Variants {
  readonly #storage = new AsyncLocalStorage<VisitorVariants>();
  readonly #choices: ReadonlyMap<string, Choose>;
  readonly #defaults: ReadonlyMap<string, string>;
  readonly #onLost: (name: string) => void;

  /** `onLost` is called if code asks for a value and its request is not known, or does not exist. */
  constructor(dimensions: readonly Dimension[], onLost: (name: string) => void) {
    this.#choices = new Map(dimensions.map((one) => [one.name, compileChoice(one)]));
    this.#defaults = new Map(dimensions.map(({ name, values }) => [name, values[0] ?? '']));
    this.#onLost = onLost;
  }

  /** Lets the code that the visit runs find what the request has chosen. */
  begin<V extends Begun>(visit: V): V {
    if (this.#choices.size === 0) return visit;
    const chosen = new VisitorVariants(visit.request);
    return {
      ...visit,
      chosen,
      next: (error?: unknown) => this.#storage.run(chosen, () => visit.next(error)),
    };
  }

  /** Returns the value that the request has chosen, or the first if there is no request. Throws `ERR_BAD_VARIANT`. */
  value(name: string): string {
    const choose = this.#choices.get(name);
    if (choose === undefined) throw unknown(name, [...this.#choices.keys()]);
    const visitor = this.#storage.getStore();
    if (visitor !== undefined) return visitor.ask(name, choose);
    this.#onLost(name);
    return this.#defaults.get(name) ?? '';
  }
}

function unknown(name: string, known: readonly string[]): StaticGeneratorError {
  const message = `There is no variant ${JSON.stringify(name)}: the option \`variants\` has ${known.join(', ') || 'none'}`;
  return new StaticGeneratorError('ERR_BAD_VARIANT', message, { fields: { name } });
}
