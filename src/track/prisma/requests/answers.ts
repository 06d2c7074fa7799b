import { AsyncLocalStorage } from 'node:async_hooks';

interface Question {
  /** The sites of the clients that have sent something to answer it. */
  readonly sites: Set<object>;
  /** The question that this one helps to answer. */
  readonly outer: Question | undefined;
}

/** The question being answered. Sites share it: an answer may use clients of several. Empty between calls. */
const questions = new AsyncLocalStorage<Question>();

/** Finds out whether an answer comes from the database, through clients that a site follows. */
export class Answers {
  readonly #site: object;

  constructor(site: object) {
    this.#site = site;
  }

  /** Runs what answers a request, and says whether this site's clients sent something for it. */
  async watch(run: () => Promise<unknown>): Promise<{ readonly result: unknown; readonly isSent: boolean }> {
    const question: Question = { sites: new Set(), outer: questions.getStore() };
    const result = await questions.run(question, run);
    return { result, isSent: question.sites.has(this.#site) };
  }

  /** Notes that something is sent. */
  note(): void {
    for (let one = questions.getStore(); one !== undefined; one = one.outer) one.sites.add(this.#site);
  }
}
