import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ledger, PageEntry } from '../../../src/ledger/ledger.js';
import type { Extension } from '../../../src/page/grammar.js';
import { compileSelector, type Selector } from '../../../src/page/selector.js';
import { effort } from '../../helpers/effort.js';
import { entryOf, PageFiles } from '../pages.js';
import { type MakePlace, pathsIn } from './place.js';

export function describeHistories(name: string, makePlace: MakePlace): void {
  test(`${name}: any history of renders and invalidations ends as a plain reading of it says`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 15 }), async (steps) => {
        const place = await makePlace();
        const history = new History(place.open(), new PageFiles(place.folder));
        try {
          for (const step of steps) await history.take(step);
          history.check();
        } finally {
          await history.ledger.close();
        }
      }),
      { numRuns: effort({ usual: 12, long: 40 }) },
    );
  });
}

type Step =
  | {
      readonly do: 'begin';
      readonly path: string;
      readonly tags: readonly string[];
      readonly extension: Extension;
    }
  | { readonly do: 'end'; readonly which: number }
  | { readonly do: 'delete' | 'void'; readonly selector: Selector };

const anyPath = fc.constantFrom('/a', '/a/', '/b', '/b/c');
const anyTag = fc.constantFrom('x', 'y');
const anySelector = fc.oneof(
  anyPath.map((value): Selector => ({ kind: 'path', value })),
  fc.constantFrom('/a*', '/b/**', '/*').map((value): Selector => ({ kind: 'glob', value })),
  anyTag.map((value): Selector => ({ kind: 'tag', value })),
);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      path: anyPath,
      tags: fc.uniqueArray(anyTag),
      extension: fc.constantFrom('html' as const, 'json' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'void' as const), selector: anySelector }),
  },
);

interface OpenRender {
  readonly entry: PageEntry;
  readonly lease: ReturnType<Ledger['lease']>;
  readonly content: string;
  isVoid: boolean;
}

/** Renders and invalidations of a few pages, on a ledger and in a simple model of it. */
class History {
  readonly ledger: Ledger;
  readonly #files: PageFiles;
  readonly #renders: OpenRender[] = [];
  readonly #pages = new Map<
    string,
    { readonly entry: PageEntry; readonly content: string; readonly tags: Set<string> }
  >();
  #count = 0;

  constructor(ledger: Ledger, files: PageFiles) {
    this.ledger = ledger;
    this.#files = files;
  }

  async take(step: Step): Promise<void> {
    this.#count += 1;
    if (step.do === 'begin') this.#begin(step);
    else if (step.do === 'end') await this.#end(step.which);
    else await this.#invalidate(step.selector, step.do);
  }

  #begin({ path, tags, extension }: Extract<Step, { do: 'begin' }>): void {
    const entry = entryOf(path, { tags, extension: path.endsWith('/') ? 'html' : extension });
    this.#renders.push({ entry, lease: this.ledger.lease(), content: String(this.#count), isVoid: false });
  }

  async #end(which: number): Promise<void> {
    const [render] = this.#renders.splice(which % Math.max(1, this.#renders.length), 1);
    if (render === undefined) return;
    const { entry, lease, content, isVoid } = render;
    await this.ledger.record(entry);
    const placement = await this.ledger.place(entry, lease, this.#files.mover(entry.file, content));
    expect(placement).toBe(isVoid ? 'voided' : 'placed');
    const page = this.#pages.get(entry.path);
    if (!isVoid) this.#pages.set(entry.path, { entry, content, tags: new Set(entry.tags) });
    // The tags that a void render has recorded stay until the next render: they also find the page in the same file.
    else if (page?.entry.file === entry.file) for (const tag of entry.tags) page.tags.add(tag);
  }

  async #invalidate(selector: Selector, purpose: 'delete' | 'void'): Promise<void> {
    const matches = compileSelector(selector);
    for (const render of this.#renders) render.isVoid ||= matches(render.entry);
    const entries = await this.ledger.append([selector], purpose);
    if (purpose === 'void') return;
    await this.ledger.apply(entries, this.#files);
    for (const [path, { entry, tags }] of this.#pages)
      if (matches({ ...entry, tags })) this.#pages.delete(path);
  }

  check(): void {
    expect(pathsIn(this.ledger)).toEqual([...this.#pages.keys()].sort());
    for (const [path, { entry, content }] of this.#pages) {
      expect(this.ledger.find('', path)?.file).toBe(entry.file);
      expect(this.#files.read(entry.file)).toBe(content);
    }
  }
}
