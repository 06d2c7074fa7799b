import { posix } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

/** The files that a build lists as its output, and their sources. */
interface Listing {
  /** Paths of output files, relative to any folder. */
  readonly outputs: string[];
  /** Paths and names of the sources. */
  readonly originals: string[];
  /** Paths of files that the build itself declares as immutable. */
  readonly immutable: string[];
}

/**
 * Returns the files that a build has named by their content, according to its own manifest: that of Vite, the metafile
 * of esbuild, the stats of webpack, and maps of names to names, as webpack's plugins, Rails, Django and gulp-rev write
 * them. Such lists also contain names without a hash, so a name counts only if it ends in a hash that no source of the
 * build has in its own name.
 */
export function namedByBuild(manifest: unknown): readonly string[] {
  const listing: Listing = { outputs: [], originals: [], immutable: [] };
  if (isObject(manifest)) readBuild(manifest, listing);
  const stems = new Set(listing.originals.flatMap(stemsOf));
  return [...listing.outputs.filter((path) => isHashed(path, stems)), ...listing.immutable];
}

/** Eight or more characters before one or two extensions, including a digit or a capital, as tools write hashes. */
const HASHED = /^(.*(?<![^-._])(?=[\w-]*[A-Z0-9])[\w-]{8,})(?:\.[A-Za-z0-9]+){1,2}$/;

function isHashed(path: string, originals: ReadonlySet<string>): boolean {
  const [, stem] = HASHED.exec(posix.basename(path)) ?? [];
  return stem !== undefined && !originals.has(stem);
}

/** Returns a name without its folder: with all its extensions, without the last one, and without the last two. */
function stemsOf(path: string): readonly string[] {
  const base = posix.basename(withoutQuery(path));
  const short = base.replace(/(?<=.)\.[A-Za-z0-9]+$/, '');
  return [base, short, short.replace(/(?<=.)\.[A-Za-z0-9]+$/, '')];
}

function readBuild(manifest: Json, listing: Listing): void {
  const { outputs, assets, children } = manifest;
  if (isObject(outputs)) readMetafile(outputs, listing);
  else if (Array.isArray(assets) || Array.isArray(children)) readStats(manifest, listing);
  else readMap(manifest, listing);
}

/** Reads esbuild's metafile. */
function readMetafile(outputs: Json, { outputs: made, originals }: Listing): void {
  for (const [path, about] of Object.entries(outputs)) {
    made.push(path);
    if (!isObject(about)) continue;
    originals.push(
      ...textsOf(about.entryPoint),
      ...(isObject(about.inputs) ? Object.keys(about.inputs) : []),
    );
  }
}

/** Reads webpack's stats, also those of several compilers. webpack itself says which names have a content hash. */
function readStats({ assets, children }: Json, listing: Listing): void {
  for (const asset of objectsOf(assets))
    if (isObject(asset.info) && asset.info.immutable === true)
      listing.immutable.push(...textsOf(asset.name).map(withoutQuery));
  for (const child of objectsOf(children)) readStats(child, listing);
}

/** Reads a map of names to names, or to Vite's descriptions of chunks. Some tools put the map into a field. */
function readMap(map: Json, listing: Listing): void {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value === 'string') {
      const path = withoutQuery(value);
      // A key may be the name of another output, so it counts as a source only for its own value.
      if (isHashed(path, new Set(stemsOf(key)))) listing.immutable.push(path);
    } else if (isObject(value) && typeof value.file === 'string') {
      listing.outputs.push(value.file, ...textsOf(value.css), ...textsOf(value.assets));
      listing.originals.push(key, ...textsOf(value.src), ...textsOf(value.name), ...textsOf(value.names));
    } else if (isObject(value)) readMap(value, listing);
  }
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textsOf(value: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.filter((text): text is string => typeof text === 'string');
}
