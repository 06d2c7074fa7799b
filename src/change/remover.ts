import { messageOf, StaticGeneratorError } from '../errors.js';
import type { KnownFolders } from '../files/links.js';
import type { FileRemover, Removal } from '../ledger/ledger.js';
import { filesOf, filesWithIncludes, pagesNamedBy } from '../page/layout.js';
import type { Selector } from '../page/selector.js';
import type { PageStore } from '../store/page-store.js';

export interface RemoverParts {
  readonly store: Pick<PageStore, 'remove' | 'hide' | 'prune' | 'folders'>;
  readonly hosts: readonly string[];
  /** Whether pages may have includes. Default: none has. */
  readonly hasIncludes?: boolean;
}

interface Failure {
  readonly file: string;
  readonly error: unknown;
}

/** Removes the files of one deletion. If one file cannot be removed, the others still are. */
export class Remover implements FileRemover {
  readonly #parts: RemoverParts;
  readonly #failures: Failure[] = [];
  #removed: string[] = [];
  /** `undefined` if nothing has been removed in this batch. */
  #folders: KnownFolders | undefined;

  constructor(parts: RemoverParts) {
    this.#parts = parts;
  }

  remove(file: string): Removal {
    try {
      this.#folders ??= this.#parts.store.folders();
      const wasThere = this.#parts.store.remove(file, this.#folders);
      if (wasThere) this.#removed.push(file);
      return wasThere;
    } catch (error) {
      this.#parts.store.hide(file);
      this.#failures.push({ file, error });
      return 'kept';
    }
  }

  filesNamedBy(selector: Selector): readonly string[] {
    if (selector.kind !== 'path') return [];
    const { hasIncludes } = this.#parts;
    const files = pagesNamedBy(selector.value).flatMap((page) =>
      hasIncludes ? [...filesOf(page), ...filesWithIncludes(page)] : filesOf(page),
    );
    if (this.#parts.hosts.length <= 1) return files;
    const folders = selector.host === undefined ? this.#parts.hosts : [selector.host];
    return folders.flatMap((folder) => files.map((file) => `${folder}/${file}`));
  }

  endBatch(): void {
    if (this.#removed.length > 0) this.#parts.store.prune(this.#removed, this.#folders);
    this.#removed = [];
    this.#folders = undefined;
  }

  throwFailures(): void {
    const [first] = this.#failures;
    if (first === undefined) return;
    const files = [...new Set(this.#failures.map(({ file }) => file))];
    const others = files.length > 1 ? ` and ${files.length - 1} more` : '';
    throw new StaticGeneratorError(
      'ERR_DELETE_FAILED',
      `Could not delete file: ${first.file}${others} (${messageOf(first.error)})`,
      {
        cause: first.error,
        fields: { path: first.file, files },
      },
    );
  }
}
