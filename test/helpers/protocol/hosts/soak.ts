import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { Random } from '../choices.js';
import type { HostsEngine, StartEngine } from './engine.js';
import { Host, newSite, type Read, TERM_SECONDS } from './hosts.js';

export interface HostsSoakSettings {
  readonly startEngine: StartEngine;
  readonly hosts: number;
  readonly processes: number;
  readonly seed: number;
  /** How long each reader and each deleter pauses between two steps, in milliseconds. */
  readonly pauseMs: number;
  /** The deletions that must be acknowledged before the soak ends, however slow the machine is. */
  readonly deletes: number;
  /** How often each of these happens to one of the hosts, or to the engine. */
  readonly troubles: Readonly<Record<Trouble, number>>;
}

/** What may happen to a host or to the engine during reads and deletions. */
export type Trouble = 'cut' | 'freeze' | 'isolate' | 'kill' | 'stop' | 'restart' | 'empty' | 'replace';

export interface HostsSoakReport {
  reads: number;
  hits: number;
  unanswered: number;
  /** The deletions that were acknowledged; `rejected` counts those that were not. */
  deletes: number;
  rejected: number;
  readonly stale: string[];
  readonly troubles: Record<string, number>;
}

const PATHS = Array.from({ length: 12 }, (_, index) => `/page-${index}`);
const READERS = 6;
const DELETERS = 2;
const TERM_MS = TERM_SECONDS * 1000;

/**
 * Runs hosts that share an engine, with readers that judge every response, deletions, and troubles at the same time.
 */
export class HostsSoak {
  readonly #settings: HostsSoakSettings;
  readonly #random: Random;
  readonly #floors = new Map<string, number>();
  readonly #report: HostsSoakReport = {
    ...{ reads: 0, hits: 0, unanswered: 0, deletes: 0, rejected: 0 },
    ...{ stale: [], troubles: {} },
  };
  #hosts: readonly Host[] = [];
  /** The hosts whose processes do not answer at the moment. */
  readonly #away = new Set<Host>();
  #engine: HostsEngine | undefined;
  #write: (version: number) => void = () => {};
  #version = 1;
  #done = false;

  constructor(settings: HostsSoakSettings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
  }

  async run(): Promise<HostsSoakReport> {
    const { hosts, processes } = this.#settings;
    this.#engine = await this.#settings.startEngine();
    onTestFinished(() => this.#engine?.stop());
    const site = newSite(this.#engine);
    this.#write = site.write;
    this.#hosts = Array.from({ length: hosts }, (_, index) => new Host(site, `host-${index}`));
    await Promise.all(this.#hosts.map((host) => host.start(processes)));
    await Promise.all(this.#hosts.map((host) => host.untilHit('/page-0')));
    const work = [
      ...Array.from({ length: READERS }, () => this.#read()),
      ...Array.from({ length: DELETERS }, () => this.#delete()),
    ];
    await this.#trouble();
    this.#done = true;
    await Promise.all(work);
    await this.#end();
    return this.#report;
  }

  async #read(): Promise<void> {
    while (!this.#done) {
      const path = this.#any(PATHS);
      const host = this.#any(this.#hosts);
      const floor = this.#floors.get(path) ?? 0;
      // Some requests go to the processes themselves, not through nginx.
      const isDirect = this.#random.below(4) === 0;
      const process = this.#random.below(this.#settings.processes);
      const answer = isDirect ? await host.readDirectly(path, process) : await host.read(path);
      this.#judge(host, path, floor, answer);
      await delay(this.#settings.pauseMs);
    }
  }

  #judge(host: Host, path: string, floor: number, answer: Read | undefined): void {
    this.#report.reads += 1;
    if (answer?.status !== 200) {
      this.#report.unanswered += 1;
      return;
    }
    if (answer.isHit) this.#report.hits += 1;
    const version = Number.parseInt(answer.body, 10);
    if (version < floor)
      this.#report.stale.push(
        `${host.name} ${path}: ${answer.body}, acknowledged was ${floor}, ${answer.isHit ? 'hit' : 'miss'}`,
      );
  }

  async #delete(): Promise<void> {
    while (!this.#done) {
      const there = this.#hosts.filter((host) => !this.#away.has(host));
      if (there.length === 0) await delay(10);
      else await this.#deleteAt(this.#any(there));
      await delay(this.#settings.pauseMs);
    }
  }

  async #deleteAt(host: Host): Promise<void> {
    const path = this.#any(PATHS);
    this.#version += 1;
    const version = this.#version;
    this.#write(version);
    const target = this.#any([path, { tag: `page:${path.slice(1)}` }]);
    const error = await host.deleteUnlessGone(target);
    if (error !== undefined) this.#report.rejected += 1;
    else {
      this.#report.deletes += 1;
      this.#floors.set(path, Math.max(version, this.#floors.get(path) ?? 0));
    }
  }

  async #trouble(): Promise<void> {
    const troubles = Object.entries(this.#settings.troubles).flatMap(([name, times]) =>
      Array.from({ length: times }, () => name as Trouble),
    );
    while (troubles.length > 0) {
      const [trouble] = troubles.splice(this.#random.below(troubles.length), 1);
      if (trouble === undefined) break;
      await this.#make(trouble, this.#any(this.#hosts));
      this.#report.troubles[trouble] = (this.#report.troubles[trouble] ?? 0) + 1;
      await delay(this.#random.below(trouble === 'cut' ? 100 : 500));
    }
    // Waits for the deletions that wait for a term.
    await delay(TERM_MS);
    while (this.#report.deletes < this.#settings.deletes) await delay(this.#settings.pauseMs);
  }

  async #make(trouble: Trouble, host: Host): Promise<void> {
    const long = () => delay(TERM_MS * (0.3 + this.#random.below(120) / 100));
    if (trouble === 'cut') host.proxy.cut();
    else if (trouble === 'freeze') host.proxy.freeze();
    else if (trouble === 'isolate') {
      host.proxy.isolate();
      await long();
      host.proxy.heal();
    } else if (trouble === 'kill') {
      this.#away.add(host);
      await host.kill();
      await long();
      await host.startProcesses();
      this.#away.delete(host);
    } else if (trouble === 'stop') {
      this.#away.add(host);
      host.signal('SIGSTOP');
      await delay(TERM_MS * 1.3);
      host.signal('SIGCONT');
      this.#away.delete(host);
    } else if (trouble === 'restart') {
      await host.close();
      await host.startProcesses();
    } else await this.#replaceEngine(trouble);
  }

  /** Replaces the engine by an empty one, or makes it forget all that it holds. */
  async #replaceEngine(trouble: 'empty' | 'replace'): Promise<void> {
    if (trouble === 'empty') {
      await this.#engine?.forgetAll();
      return;
    }
    const before = this.#engine;
    const after = await this.#settings.startEngine();
    this.#engine = after;
    for (const host of this.#hosts) host.proxy.lead(after.socket);
    await before?.stop();
  }

  /** Checks, when all is quiet, that every host serves current content, and serves it from its pages. */
  async #end(): Promise<void> {
    for (const host of this.#hosts) {
      for (const path of PATHS) {
        await host.untilHit(path);
        this.#judge(host, path, this.#floors.get(path) ?? 0, await host.read(path));
      }
    }
  }

  #any<T>(list: readonly T[]): T {
    const one = list[this.#random.below(list.length)];
    if (one === undefined) throw new Error('Expected a list with something in it');
    return one;
  }
}
