import { rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { renderPath } from '../../../src/publish/render/render.js';
import type { Order } from '../../../src/request/order.js';
import type { RenderOutcome } from '../../../src/request/page/writer.js';
import { composeSite, type Site } from '../../../src/site.js';
import { RecordingLogger } from '../recording-logger.js';
import { bodyOf } from './page-body.mjs';

/** A point that code passes only when the test opens the gate. */
export class Gate {
  readonly reached: Promise<void>;
  readonly #opened: Promise<void>;
  #reach: () => void = () => undefined;
  open: () => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  async pass(): Promise<void> {
    this.#reach();
    await this.#opened;
  }
}

/** The data of a site, shared by all of its processes. */
export interface Data {
  version: number;
}

/** A render that has read the data and not answered yet. */
export interface HeldRender {
  /** Lets the render answer. Resolves with its outcome. */
  finish(): Promise<'stored' | string>;
}

/** A site whose pages contain the version of the data that they were rendered from. All have the tag `news`. */
export class GatedSite {
  readonly site: Site;
  readonly logger = new RecordingLogger();
  readonly #data: Data;
  readonly #gates = new WeakMap<IncomingMessage, Gate>();
  readonly #orders = new WeakMap<IncomingMessage, Order>();
  /** What the application does, synchronously, before it reads its data. */
  beforeRead: () => void = () => undefined;
  afterRead: () => void = () => undefined;

  constructor(webRoot: string, data: Data) {
    this.#data = data;
    this.site = composeSite({ webRoot, urls: [/^\//], logger: this.logger }, { makesPages: true });
    const { publisher } = this.site;
    const get = publisher.get.bind(publisher);
    publisher.get = (request) => this.#orders.get(request) ?? get(request);
    publisher.attach(this.listener);
    onTestFinished(() => this.site.close());
  }

  readonly listener: RequestListener = (request, response) => {
    const render = async () => {
      this.beforeRead();
      const { version } = this.#data;
      this.afterRead();
      this.site.contexts.tag('news');
      await this.#gates.get(request)?.pass();
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(bodyOf({ path: request.url ?? '', version, tags: ['news'], render: '' }, true));
    };
    this.site.middleware(request, response, () => void render());
  };

  /** Renders and stores a page. Returns the outcome. */
  async render(path: string): Promise<'stored' | string> {
    const held = await this.hold(path);
    return await held.finish();
  }

  /** Begins a render, and stops it after it has read the data. */
  async hold(path: string): Promise<HeldRender> {
    const gate = new Gate();
    const outcomes: Promise<RenderOutcome>[] = [];
    const onRequest = (request: IncomingMessage) => {
      this.#gates.set(request, gate);
      this.#orders.set(request, { kind: 'store', tell: (outcome) => outcomes.push(outcome) });
    };
    const answered = renderPath(this.listener, { path, host: 'localhost', onRequest });
    await gate.reached;
    return {
      finish: async () => {
        gate.open();
        await answered;
        const outcome = await outcomes[0];
        if (outcome === undefined) return 'not rendered';
        return 'stored' in outcome ? 'stored' : outcome.refusal.reason;
      },
    };
  }

  /** Whether a request would be answered from a page at this moment. */
  hasPage(path: string): boolean {
    return this.site.ledger.find('', path) !== undefined;
  }
}

/** Removes all files of the ledger, as an operator does. */
export function removeLedgerNow(webRoot: string): void {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(webRoot, '.staticgenerator', `ledger.sqlite${suffix}`), { force: true });
}
