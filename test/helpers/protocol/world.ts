import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Lease, Ledger, PageEntry, Placement } from '../../../src/ledger/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import { renderPath } from '../../../src/publish/render/render.js';
import type { Order } from '../../../src/request/order.js';
import type { RenderOutcome } from '../../../src/request/page/writer.js';
import { composeSite, type Site } from '../../../src/site.js';
import { PageStore } from '../../../src/store/page-store.js';
import { locateWebRoot } from '../../../src/store/web-root.js';
import { type Content, LedgerView, type PageFile, readPages, temporaryFiles } from './faults/disk.js';
import { memoryFolder } from './faults/memory-folder.js';
import { bodyOf } from './page-body.mjs';
import { instrument, type Scheduler, useInstruments } from './scheduler.js';

type Matches = (page: Pick<Content, 'path' | 'tags'>) => boolean;

/** A selector to invalidate, with the test's own definition of the pages that it matches. */
export interface Target {
  readonly name: string;
  readonly selector: Selector;
  readonly matches: Matches;
}

/** What a render produces. */
export interface RenderPlan {
  readonly path: string;
  /** Set when the data is read. */
  readonly tags: readonly string[];
  /** Set immediately before the response. */
  readonly lateTags?: readonly string[];
  readonly type?: 'html' | 'json';
  /** Whether the body is long enough for codings. */
  readonly compressed?: boolean;
  /** Whether the page has a header that nginx does not repeat. */
  readonly nodeOnly?: boolean;
}

/** The version that matching pages must have at least. */
interface Floor {
  readonly name: string;
  readonly version: number;
  readonly matches: Matches;
}

/** An entry of the log. */
interface Entry {
  readonly sequence: number;
  readonly floor: Floor;
  /** Whether applying it leaves pages in place. */
  readonly keepsPages: boolean;
}

/** The number of sites that the actors have. There is one more, which starts when others have died. */
export const PROCESSES = 3;
/** More than the time that one batch of a deletion may take. */
const REMOVAL_MS = 100;

/** Steps that change neither a page nor the ledger. */
const invisible = new Set(['lease', 'read', 'answer', 'change', 'temporary file']);

/**
 * One WEB_ROOT with several sites, each with its own connection to the ledger as if in its own process, and the data
 * that their pages are rendered from. A scheduler controls every step of theirs. After each step, the disk is compared
 * with the guarantee.
 */
export class World {
  readonly webRoot: string;
  readonly #folder: string;
  readonly #sites: readonly Site[];
  readonly #view: LedgerView;
  readonly #restore: () => void;
  readonly #orders = new WeakMap<IncomingMessage, Order>();
  readonly #plansOfVisits = new WeakMap<IncomingMessage, RenderPlan>();
  readonly #plansOfPaths = new Map<string, RenderPlan>();
  readonly #intents = new Map<Selector, Floor>();
  #scheduler: Scheduler | undefined;
  #floors: Floor[] = [];
  #entries: Entry[] = [];
  #version = 1;
  #renders = 0;
  /** Only removals advance the clock. So no batch ends earlier on a slow machine, and a schedule can be replayed. */
  #clock = 0;
  #removalMilliseconds = 0;

  constructor() {
    this.#folder = mkdtempSync(join(memoryFolder(), 'staticgenerator-world-'));
    this.webRoot = join(this.#folder, 'pages');
    this.#sites = Array.from({ length: PROCESSES + 1 }, (_, index) => this.#openSite(index));
    this.#view = new LedgerView(this.webRoot);
    this.#restore = instrument();
  }

  /** Does not wait for renders, because some may have been killed. */
  async close(): Promise<void> {
    useInstruments(undefined);
    this.#restore();
    this.#view.close();
    await Promise.all(this.#sites.map((site) => site.ledger.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Forgets all pages and guarantees. From now on, the scheduler controls every step. */
  async begin(scheduler: Scheduler, { slowRemovals = false, watchSystemCalls = true } = {}): Promise<void> {
    useInstruments(undefined);
    await this.#site(PROCESSES).invalidator.invalidate([{ kind: 'all' }]);
    if (readPages(this.webRoot).length > 0 || this.#view.rows().size > 0)
      throw new Error('A deletion of everything has left something');
    // Removes the empty folders of pages that only Node serves. To look into each would take most of the time.
    rmSync(join(this.webRoot, '.staticgenerator', 'node-only'), { recursive: true, force: true });
    [this.#floors, this.#entries] = [[], []];
    [this.#version, this.#renders] = [1, 0];
    this.#plansOfPaths.clear();
    this.#intents.clear();
    this.#scheduler = scheduler;
    this.#removalMilliseconds = slowRemovals ? REMOVAL_MS : 0;
    const onSystemCall = watchSystemCalls ? () => this.#checkInside(scheduler) : () => undefined;
    useInstruments({ scheduler, onSystemCall, now: () => this.#clock });
  }

  /** Ends the control of the scheduler. If processes were killed, finishes their work as the next start would. */
  async end({ killed = false } = {}): Promise<readonly PageFile[]> {
    useInstruments(undefined);
    this.#scheduler = undefined;
    if (killed) {
      await this.#site(PROCESSES).invalidator.takeOver();
      // Also removes files that were written in this millisecond, because Date.now() is rounded down.
      await new PageStore(locateWebRoot(this.webRoot)).sweep(-1);
      this.#floors.push(...this.#entries.flatMap(({ floor, keepsPages }) => (keepsPages ? [] : [floor])));
    }
    const left = temporaryFiles(this.webRoot);
    if (left.length > 0) throw new Error(`Temporary files are left: ${left.join(', ')}`);
    if (this.#view.unapplied() > 0) throw new Error('Entries of the log are left unapplied');
    return this.check();
  }

  /** Sends a visitor's request that renders, as if there were no page. */
  async render(process: number, plan: RenderPlan): Promise<'stored' | 'voided'> {
    const site = this.#site(process);
    await this.#scheduler?.step('lease');
    const outcomes: Promise<RenderOutcome>[] = [];
    const onRequest = (request: IncomingMessage) => {
      this.#plansOfVisits.set(request, plan);
      this.#orders.set(request, { kind: 'store', tell: (outcome) => outcomes.push(outcome) });
    };
    await renderPath(this.#listener(site), { path: plan.path, host: 'localhost', onRequest });
    const outcome = await outcomes[0];
    if (outcome !== undefined && 'stored' in outcome) return 'stored';
    if (outcome?.refusal.reason === 'voided') return 'voided';
    throw new Error(`A render of ${plan.path} ended in ${JSON.stringify(outcome)}`);
  }

  /** Changes the data, then deletes the pages that depend on it. */
  async remove(process: number, target: Target): Promise<void> {
    const floor = await this.#change(target);
    await this.#site(process).invalidator.invalidate([this.#intend(target.selector, floor)]);
    this.#floors.push(floor);
  }

  /** Changes the data, then regenerates the pages that depend on it. */
  async regenerate(process: number, target: Target): Promise<void> {
    const floor = await this.#change(target);
    const { kept } = await this.#site(process).regenerator.regenerate([this.#intend(target.selector, floor)]);
    if (kept.length > 0) throw new Error(`Not regenerated: ${JSON.stringify(kept)}`);
    this.#floors.push(floor);
  }

  /** Changes the data, then publishes one of its pages. */
  async publish(process: number, plan: RenderPlan): Promise<void> {
    this.plan(plan);
    const target = pathTarget(plan.path);
    const voids = await this.#change({ ...target, name: `publish ${plan.path}` });
    const { refused } = await this.#site(process).publisher.publish([this.#intend(target.selector, voids)]);
    if (refused.length > 0) throw new Error(`Not published: ${JSON.stringify(refused)}`);
    this.#floors.push({ ...voids, matches: ({ path }) => path === plan.path });
  }

  /** Does what a new process does with work that others have left. They may still be alive. */
  async start(): Promise<void> {
    await this.#site(PROCESSES).invalidator.takeOver();
  }

  /** Sets what is rendered at a path for requests without their own plan, such as those of a publication. */
  plan(plan: RenderPlan): void {
    this.#plansOfPaths.set(plan.path, plan);
  }

  /** Does what {@link check} does, if the step may have changed something. */
  checkAfter(step: string): void {
    if (!invisible.has(step)) this.check();
  }

  /** Compares the disk with the guarantee and with the ledger. Returns the pages on the disk. */
  check(): readonly PageFile[] {
    const pages = readPages(this.webRoot);
    const rows = this.#view.rows();
    const paths = new Set<string>();
    for (const { file, content } of pages) {
      const outdated = this.#floors.find(
        (floor) => floor.matches(content) && content.version < floor.version,
      );
      if (outdated !== undefined)
        throw new Error(`Stale after ${outdated.name}: ${file} ${JSON.stringify(content)}`);
      const row = rows.get(file);
      if (row === undefined) throw new Error(`${file} has no row`);
      const missing = content.tags.filter((tag) => !row.tags.has(tag));
      if (missing.length > 0) throw new Error(`The row of ${file} lacks the tags ${missing.join(', ')}`);
      if (row.path !== content.path) throw new Error(`${file} has the row of ${row.path}`);
      if (paths.has(content.path)) throw new Error(`${file} is a second file of ${content.path}`);
      paths.add(content.path);
    }
    return pages;
  }

  #checkInside(scheduler: Scheduler): void {
    try {
      if (!this.#view.isLocked()) throw new Error('A page was touched without the lock');
      this.check();
    } catch (error) {
      // Thrown here, the error would look like a failure of the system call.
      scheduler.report(error);
    }
  }

  #site(process: number): Site {
    const site = this.#sites[process];
    if (site === undefined) throw new Error(`There is no process ${process}`);
    return site;
  }

  async #change(target: Target): Promise<Floor> {
    await this.#scheduler?.step('change');
    this.#version += 1;
    return { name: target.name, matches: target.matches, version: this.#version };
  }

  /** Copies a selector, so that its entry can be recognized when it is appended to the log. */
  #intend(selector: Selector, floor: Floor): Selector & { kind: 'path' } {
    const own = { ...selector };
    this.#intents.set(own, floor);
    return own as Selector & { kind: 'path' };
  }

  #openSite(process: number): Site {
    const tell = (_fields: object, message: string) => {
      this.#scheduler?.report(new Error(`A warning was logged: ${message}`));
    };
    const logger = { debug: () => undefined, info: () => undefined, warn: tell, error: tell };
    const site = composeSite({ webRoot: this.webRoot, urls: [/^\//], logger }, { makesPages: true });
    site.publisher.attach(this.#listener(site));
    this.#instrumentLedger(site.ledger);
    this.#instrumentSite(site, process);
    return site;
  }

  /** Lets the test see the calls of the ledger and their results. The ledger works as always. */
  #instrumentLedger(ledger: Ledger): void {
    const original = {
      record: ledger.record.bind(ledger),
      place: ledger.place.bind(ledger),
      append: ledger.append.bind(ledger),
      apply: ledger.apply.bind(ledger),
    };
    const doing = (name: string) => this.#scheduler?.doing(name);
    ledger.record = async (page) => {
      doing('record');
      await original.record(page);
    };
    ledger.place = async (page, lease, files) => {
      doing('place');
      const placement = await original.place(page, lease, files);
      this.#judge(page, lease, placement);
      return placement;
    };
    ledger.append = async (selectors, purpose) => {
      doing('append');
      const entries = await original.append(selectors, purpose);
      for (const [index, selector] of selectors.entries())
        this.#appended(
          entries.sequences[index] ?? 0,
          selector,
          purpose !== 'delete' && purpose !== 'regenerate',
        );
      return entries;
    };
    ledger.apply = async (entries, files) => {
      doing('apply');
      const remove = (file: string) => {
        this.#clock += this.#removalMilliseconds;
        return files.remove(file);
      };
      const filesNamedBy = (selector: Selector) => files.filesNamedBy(selector);
      return await original.apply(entries, { remove, filesNamedBy, endBatch: () => files.endBatch() });
    };
  }

  /** Makes the renders of one publication run concurrently, and gives background work its own actor. */
  #instrumentSite({ publisher, invalidator, ledger }: Site, process: number): void {
    const get = publisher.get.bind(publisher);
    publisher.get = (request) => this.#orders.get(request) ?? get(request);
    const renderAll = publisher.renderAll.bind(publisher);
    publisher.renderAll = async (pages) => {
      if (this.#scheduler === undefined) return await renderAll(pages);
      const works = pages.map((page) => () => renderAll([page]));
      return (await this.#scheduler.all(works)).flat();
    };
    const finishAbandoned = invalidator.finishAbandoned.bind(invalidator);
    invalidator.finishAbandoned = async () => {
      if (this.#scheduler === undefined) await finishAbandoned();
      else if (ledger.unapplied().sequences.length > 0)
        this.#scheduler.spawn(`helper in ${process}`, groupOf(process), finishAbandoned);
    };
  }

  #appended(sequence: number, selector: Selector, keepsPages: boolean): void {
    const floor = this.#intents.get(selector);
    if (floor !== undefined) this.#entries.push({ sequence, floor, keepsPages });
  }

  /** Checks that a page is placed, unless an entry after its lease matches it. */
  #judge({ path, tags }: PageEntry, { sequence }: Lease, placement: Placement): void {
    if (placement === 'unrecorded' || this.#scheduler === undefined) return;
    const page = { path, tags: [...tags] };
    const voiding = this.#entries.find((entry) => entry.sequence > sequence && entry.floor.matches(page));
    if (placement === 'voided' && voiding === undefined)
      throw new Error(`${path} was refused, and nothing had voided it`);
    if (placement === 'placed' && voiding !== undefined)
      throw new Error(`${path} was placed, and ${voiding.floor.name} had voided it`);
  }

  #listener(site: Site) {
    return (request: IncomingMessage, response: ServerResponse) => {
      const answer = () =>
        this.#answer(site, request, response).catch((error: unknown) => {
          this.#scheduler?.report(error);
          response.destroy();
        });
      site.middleware(request, response, () => void answer());
    };
  }

  /** The application: reads the data and answers. */
  async #answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const plan = this.#plansOfVisits.get(request) ?? this.#plansOfPaths.get(path) ?? { path, tags: [] };
    await this.#scheduler?.step('read');
    const version = this.#version;
    site.contexts.tag(...plan.tags);
    if (plan.lateTags !== undefined) {
      await this.#scheduler?.step('answer');
      site.contexts.tag(...plan.lateTags);
    }
    this.#renders += 1;
    const tags = [...plan.tags, ...(plan.lateTags ?? [])];
    const content = { path, version, tags, render: String(this.#renders) };
    if (plan.nodeOnly === true) response.setHeader('X-Render', content.render);
    const type = plan.type === 'json' ? 'application/json' : 'text/html';
    response.setHeader('Content-Type', `${type}; charset=utf-8`);
    response.end(bodyOf(content, plan.compressed === true));
  }
}

/** Returns the group of a process's actors, which die together. */
export function groupOf(process: number): string {
  return `process ${process}`;
}

function pathTarget(path: string): Target {
  const name = bare(path);
  return {
    name: `delete ${path}`,
    selector: { kind: 'path', value: path },
    matches: (page) => bare(page.path) === name,
  };
}

function bare(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

const inFolderA = /^\/a(?:\/|$)/;

/** Every kind of selector, with the pages that each matches. */
export const targets = {
  path: pathTarget('/a'),
  otherForm: pathTarget('/a/'),
  glob: {
    name: 'delete /a/**',
    selector: { kind: 'glob', value: '/a/**' },
    matches: ({ path }) => inFolderA.test(path),
  },
  wideGlob: {
    name: 'delete /{a,b}',
    selector: { kind: 'glob', value: '/{a,b}' },
    matches: ({ path }) => ['/a', '/b'].includes(bare(path)),
  },
  tag: {
    name: 'delete tag news',
    selector: { kind: 'tag', value: 'news' },
    matches: ({ tags }) => tags.includes('news'),
  },
  otherTag: {
    name: 'delete tag late',
    selector: { kind: 'tag', value: 'late' },
    matches: ({ tags }) => tags.includes('late'),
  },
  all: { name: 'delete everything', selector: { kind: 'all' }, matches: () => true },
} as const satisfies Record<string, Target>;
