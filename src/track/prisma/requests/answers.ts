import { AsyncLocalStorage } from 'node:async_hooks';

interface Question {
  /** The sites of the clients that have sent something to answer it. */
  readonly sites: Set<object>;
  /** The one that it is a part of the answer to. */
  readonly outer: Question | undefined;
}

/** An answer may come through clients of several sites, each of which follows its own. It holds nothing between calls. */
const questions = new AsyncLocalStorage<Question>();

/** Whether an answer comes from the database, through clients that a site follows. */
export class Answers {
  readonly #site: object;

  constructor(site: object) {
    this.#site = site;
  }

  /** Runs what answers a request. */
  async watch(run: () => Promise<unknown>): Promise<{ readonly result: unknown; readonly isSent: boolean }> {
    const question: Question = { sites: new Set(), outer: questions.getStore() };
    const result = await questions.run(question, run);
    return { result, isSent: question.sites.has(this.#site) };
  }

  /** Something is sent. */
  note(): void {
    for (let one = questions.getStore(); one !== undefined; one = one.outer) one.sites.add(this.#site);
  }
}
