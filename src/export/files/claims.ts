const REMEDY = 'give the route of one of them another `file`, or leave one out (`exclude`, --exclude)';

/** Which page has which file of an export. Two pages never share a file, and no file is where another needs a folder. */
export class FileClaims {
  readonly #owners = new Map<string, string>();
  /** Each folder that contains claimed files, at any depth, with the first page that needed it. */
  readonly #folders = new Map<string, string>();
  readonly #isForeign: (file: string) => boolean;

  /** `isForeign`: whether a file is there that no export wrote, and that must not be replaced. */
  constructor(isForeign: (file: string) => boolean) {
    this.#isForeign = isForeign;
  }

  has(file: string): boolean {
    return this.#owners.has(file);
  }

  /** Whether there can be such a file in addition to those that are claimed. */
  isFree(file: string): boolean {
    const folders = this.#newFoldersOf(file);
    return !this.has(file) && !this.#folders.has(file) && folders.every((folder) => !this.has(folder));
  }

  /** Claims a file for a page. Throws an error that names the page with which it conflicts. */
  claim(file: string, owner: string): void {
    if (this.#isForeign(file))
      throw new Error(
        `the file ${file} already exists, and no export wrote it; remove it, or replace it (adopt, --adopt)`,
      );
    const other = this.#owners.get(file);
    if (other !== undefined)
      throw new Error(`${pair(other, owner)} would both be the file ${file}; ${REMEDY}`);
    const inner = this.#folders.get(file);
    if (inner !== undefined) throw new Error(inTheWay(file, owner, inner));
    const folders = this.#newFoldersOf(file);
    for (const folder of folders) {
      const outer = this.#owners.get(folder);
      if (outer !== undefined) throw new Error(inTheWay(folder, outer, owner));
    }
    this.#note(file, owner, folders);
  }

  /** Claims a file that stays, for which {@link isFree} returned true. */
  keep(file: string): void {
    this.#note(file, file, this.#newFoldersOf(file));
  }

  #note(file: string, owner: string, folders: readonly string[]): void {
    this.#owners.set(file, owner);
    for (const folder of folders) this.#folders.set(folder, owner);
  }

  /** Returns a file's folders, innermost first, that contain no claimed file. A claimed file may have their name. */
  #newFoldersOf(file: string): readonly string[] {
    const folders: string[] = [];
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
      const folder = file.slice(0, end);
      if (this.#folders.has(folder)) break;
      folders.push(folder);
    }
    return folders;
  }
}

function inTheWay(name: string, fileOwner: string, folderOwner: string): string {
  return `${fileOwner} would be the file ${name}, and ${folderOwner} needs a folder of that name; ${REMEDY}`;
}

/** Names two pages in an order that does not depend on which was rendered first. */
function pair(one: string, other: string): string {
  const [first, second] = [one, other].sort();
  return first === second ? `two pages ${first}` : `${first} and ${second}`;
}
