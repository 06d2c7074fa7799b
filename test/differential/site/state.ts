import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Store } from 'express-session';

/** What a site remembers: texts by name. They are in files, so that all processes of the site share them. */
export class SiteState {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  get(name: string): string | undefined {
    try {
      return readFileSync(this.#file(name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  set(name: string, value: string): void {
    const file = this.#file(name);
    writeFileSync(`${file}.${process.pid}`, value);
    renameSync(`${file}.${process.pid}`, file);
  }

  /** Returns how often something was changed. */
  version(name: string): number {
    return Number(this.get(name) ?? 0);
  }

  bump(name: string): number {
    const next = this.version(name) + 1;
    this.set(name, String(next));
    return next;
  }

  #file(name: string): string {
    return join(this.#folder, createHash('sha256').update(name).digest('hex').slice(0, 32));
  }
}

type SessionCallback = Parameters<Store['get']>[1];
type Session = Parameters<Store['set']>[1];

/** Stores sessions in the state of a site. */
export class StateSessions extends Store {
  readonly #state: SiteState;

  constructor(state: SiteState) {
    super();
    this.#state = state;
  }

  override get(id: string, callback: SessionCallback): void {
    const text = this.#state.get(`session ${id}`) ?? '';
    callback(null, text === '' ? null : JSON.parse(text));
  }

  override set(id: string, session: Session, callback?: (error?: unknown) => void): void {
    this.#state.set(`session ${id}`, JSON.stringify(session));
    callback?.();
  }

  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#state.set(`session ${id}`, '');
    callback?.();
  }
}
