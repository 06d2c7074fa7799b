import { messageOf } from '../../errors.js';
import { refuse } from '../../page/reasons.js';
import type { PathSelector } from '../path-selector.js';
import type { Publisher } from '../publish.js';
import { targetsOfSitemap, textOfSitemap } from './sitemap.js';
import { Walk, type WalkParts, type WalkSettings, type WarmReport } from './walk.js';

export interface WarmerParts extends WalkParts {
  readonly publisher: Pick<Publisher, 'assertAttached' | 'render' | 'visit'>;
  /** Voids the renders of all pages that are under way. */
  readonly voidAllRenders: () => Promise<unknown>;
  /** The host of pages if a seed names none. */
  readonly host: string;
}

export interface WarmSettings extends WalkSettings {
  /** The pages to start from. */
  readonly seeds: readonly PathSelector[];
  /** The path of a sitemap, or of an index of them. */
  readonly sitemap?: string | undefined;
}

/** Makes the pages of a site before their visitors come: from the given starts, along the links. */
export class Warmer {
  readonly #parts: WarmerParts;

  constructor(parts: WarmerParts) {
    this.#parts = parts;
  }

  /** Resolves when every page that was found has been rendered, or when the signal is aborted, to what was done. */
  async warm(settings: WarmSettings): Promise<WarmReport> {
    this.#parts.publisher.assertAttached();
    if (!settings.onlyMissing) await this.#parts.voidAllRenders();
    const walk = new Walk(this.#parts, settings);
    const host = this.#hostOf(settings);
    for (const seed of settings.seeds) walk.add(seed.value, seed.host ?? host, 0);
    if (settings.sitemap !== undefined) await this.#addSitemap(walk, settings, settings.sitemap);
    return await walk.run();
  }

  #hostOf({ host }: WarmSettings): string {
    return host ?? this.#parts.host;
  }

  async #addSitemap(walk: Walk, settings: WarmSettings, sitemap: string): Promise<void> {
    const fetch = async (path: string) =>
      settings.signal?.aborted === true ? undefined : await this.#fetchSitemap(walk, settings, path);
    for await (const target of targetsOfSitemap(sitemap, fetch)) walk.add(target, this.#hostOf(settings), 0);
  }

  async #fetchSitemap(walk: Walk, settings: WarmSettings, path: string): Promise<string | undefined> {
    try {
      const response = await this.#parts.publisher.visit({ kind: 'path', value: path }, settings);
      if (response.status === 200) return await textOfSitemap(response.body);
      walk.refuse({ path, ...refuse('status', String(response.status)) });
    } catch (error) {
      if (settings.signal?.aborted !== true)
        walk.refuse({ path, ...refuse('render-failed', messageOf(error)) });
    }
    return undefined;
  }
}
