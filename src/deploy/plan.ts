import type { DeployRecord } from './record.js';
import { OWN_PREFIX, type SourceFile } from './source.js';

/** What a deployment has to do. */
export interface DeployPlan {
  readonly added: readonly SourceFile[];
  readonly changed: readonly SourceFile[];
  readonly unchanged: readonly SourceFile[];
  /** Keys that an earlier deployment wrote and that are no longer part of the site. */
  readonly orphans: readonly string[];
  /** Keys that no deployment wrote: they are left alone. */
  readonly foreign: readonly string[];
  /**
   * For the key of a file: the keys in its way, which are files where it needs a folder, or in a folder where it goes.
   */
  readonly inTheWay: ReadonlyMap<string, readonly string[]>;
}

/** Compares a folder with the files in a target, and with the record of deployments there. */
export function planDeploy(
  files: readonly SourceFile[],
  deployed: ReadonlyMap<string, string>,
  { record, force }: { readonly record: DeployRecord; readonly force: boolean },
): DeployPlan {
  const isThere = ({ key }: SourceFile) => deployed.has(key);
  const isSame = ({ key, fingerprint }: SourceFile) => {
    const recorded = record.get(key);
    return !force && recorded?.fingerprint === fingerprint && recorded.revision === deployed.get(key);
  };
  const keys = new Set(files.map(({ key }) => key));
  const others = [...deployed.keys()].filter((key) => !keys.has(key) && !key.startsWith(OWN_PREFIX)).sort();
  return {
    inTheWay: blockersOf(files, others),
    added: files.filter((file) => !isThere(file)),
    changed: files.filter((file) => isThere(file) && !isSame(file)),
    unchanged: files.filter((file) => isThere(file) && isSame(file)),
    orphans: others.filter((key) => record.has(key)),
    foreign: others.filter((key) => !record.has(key)),
  };
}

function blockersOf(
  files: readonly SourceFile[],
  others: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const names = new Set(others);
  const byFolder = new Map<string, string[]>();
  for (const key of others)
    for (const folder of foldersOf(key)) byFolder.set(folder, [...(byFolder.get(folder) ?? []), key]);
  return new Map(
    files.flatMap(({ key }) => {
      const blockers = [...foldersOf(key).filter((name) => names.has(name)), ...(byFolder.get(key) ?? [])];
      return blockers.length === 0 ? [] : [[key, blockers] as const];
    }),
  );
}

function foldersOf(key: string): readonly string[] {
  return [...key.matchAll(/\//g)].map(({ index }) => key.slice(0, index));
}
