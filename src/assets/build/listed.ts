import { posix } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

/** What a build says that it made, and of what. */
interface Listing {
  /** Paths of files that were made, wherever they count from. */
  readonly outputs: string[];
  /** Paths and names of what they were made of. */
  readonly originals: string[];
  /** Paths of files of which the build says itself that they never change. */
  readonly immutable: string[];
}

/**
 * The files that a build has named by their content, by its own manifest: that of Vite, the metafile of esbuild, the stats of
 * webpack, and maps of names to names, as webpack's plugins, Rails, Django and gulp-rev write them. Such lists hold names
 * without a hash as well, so a name counts only if it ends in a hash that none of the build's sources has in its own name.
 */
export function namedByBuild(manifest: unknown): readonly string[] {
  const listing: Listing = { outputs: [], originals: [], immutable: [] };
  if (isObject(manifest)) readBuild(manifest, listing);
  const stems = new Set(listing.originals.flatMap(stemsOf));
  return [...listing.outputs.filter((path) => isHashed(path, stems)), ...listing.immutable];
}

/** Eight characters or more before one extension or two, among them a digit or a capital, as tools write hashes. */
const HASHED = /^(.*(?<![^-._])(?=[\w-]*[A-Z0-9])[\w-]{8,})(?:\.[A-Za-z0-9]+){1,2}$/;

function isHashed(path: string, originals: ReadonlySet<string>): boolean {
  const [, stem] = HASHED.exec(posix.basename(path)) ?? [];
  return stem !== undefined && !originals.has(stem);
}

/** A name without its folder, and with as many of its extensions as may be its own. */
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

/** esbuild's metafile. */
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

/** webpack's stats, of several compilers too; it says itself which names have a hash of the content. */
function readStats({ assets, children }: Json, listing: Listing): void {
  for (const asset of objectsOf(assets))
    if (isObject(asset.info) && asset.info.immutable === true)
      listing.immutable.push(...textsOf(asset.name).map(withoutQuery));
  for (const child of objectsOf(children)) readStats(child, listing);
}

/** Names to names, or to what Vite says of a chunk; some tools put the map into a field. */
function readMap(map: Json, listing: Listing): void {
  for (const [key, value] of Object.entries(map)) {
    if (typeof value === 'string') {
      const path = withoutQuery(value);
      // A key may be the name of another output, so each speaks for its own value alone.
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
