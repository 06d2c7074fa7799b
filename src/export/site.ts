import { statSync } from 'node:fs';
import { StaticGeneratorError } from '../errors.js';
import { modifiedSecondsOf } from '../store/content-hash.js';
import { describeFailure } from './failure-list.js';
import { Destination, type ReservedFolder } from './folder/destination.js';
import type { ExportManifest, FileRecord } from './folder/manifest.js';
import type { Staging } from './folder/staging.js';
import { checkLinks } from './links/check-run.js';
import { changesSince, type IsOutdated, type LogParts, markLog } from './log-changes.js';
import { type RouteDeclaration, readRoute } from './routes/routes.js';
import { ExportRun, type RunParts } from './run.js';
import type { ExportReport, ExportRunOptions } from './run-options.js';

export interface ExporterParts extends Omit<RunParts, 'options' | 'staging' | 'destination' | 'reuse'> {
  /** Returns what the app has declared; `undefined` if its middleware was not reached, so that this is unknown. */
  readonly declared: () => Promise<readonly RouteDeclaration[] | undefined>;
  readonly log: LogParts;
  readonly reserved: readonly ReservedFolder[];
  /** Whether pages depend on what requests choose: a static host knows only the path. */
  readonly hasVariants: boolean;
  /** Returns what pages depend on, except their data and how they are exported. */
  readonly version: () => string;
}

/** Exports whole sites as files. */
export class Exporter {
  readonly #parts: ExporterParts;

  constructor(parts: ExporterParts) {
    this.#parts = parts;
  }

  /**
   * Exports the site to a folder, which is replaced as a whole when all is done. If a page failed, rejects with
   * `ERR_EXPORT_FAILED` and every failure, and replaces nothing, unless `keepGoing` is set.
   */
  async export(folder: string, options: ExportRunOptions): Promise<ExportReport> {
    const declared = await this.#parts.declared();
    const routes = (declared ?? []).map(readRoute);
    const destination = Destination.open(folder, { ...options, reserved: this.#parts.reserved });
    const mark = await markLog(this.#parts.log);
    const fingerprint = this.#fingerprint(options);
    const { previous } = destination;
    const staging = destination.stage();
    try {
      const isOutdated =
        options.changed && previous?.fingerprint === fingerprint ? this.#changes(previous) : undefined;
      const run = new ExportRun({
        ...this.#parts,
        ...{ options, staging, destination },
        reuse: isOutdated && intactPagesOf(destination, isOutdated),
      });
      if (declared === undefined) run.notices.push(NOT_REACHED);
      if (this.#parts.hasVariants && options.variants.length === 0) run.notices.push(ONE_VARIANT);
      await run.run(routes);
      const kept = keepOthers({ destination, staging, run, clean: options.clean });
      if (options.check) checkLinks(run, staging);
      const { notices } = run;
      const { records } = run.files;
      const failures = run.failures.all;
      if (failures.length > 0 && !options.keepGoing) throw failed(destination.folder, run);
      const files = new Map([...records, ...kept.records]);
      await staging.finish({ mark, fingerprint, files });
      destination.replace(staging);
      return {
        folder: destination.folder,
        rendered: run.rendered,
        reused: run.reused,
        files: files.size,
        ...{ removed: kept.removed, left: [...kept.records.keys()], failures, notices },
      };
    } catch (error) {
      await staging.discard();
      throw error;
    }
  }

  #changes({ mark }: ExportManifest): IsOutdated | undefined {
    return mark === undefined ? undefined : changesSince(mark, this.#parts.log);
  }

  #fingerprint({ layout, contentTypes, base, variants, headers, host, ...rest }: ExportRunOptions): string {
    const { replaceOrigins, url } = rest;
    const origins = replaceOrigins.length === 0 ? {} : { replaceOrigins, url };
    const pages = { layout, contentTypes, base, variants, headers, host, ...origins };
    return JSON.stringify([this.#parts.version(), pages]);
  }
}

/** Returns the pages of an earlier export, with tests for whether they were changed on the disk, or invalidated. */
function intactPagesOf(destination: Destination, isOutdated: IsOutdated) {
  const files = destination.previous?.files ?? new Map<string, FileRecord>();
  return {
    files,
    isOutdated,
    isIntact: (file: string, record: FileRecord) => isIntact(destination.locate(file), record),
  };
}

/** Whether a file is unchanged. Its mtime is made from the hash of its content, and any change sets another mtime. */
function isIntact(path: string, { bytes, hash }: FileRecord): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return (
    status?.isFile() === true &&
    status.size === bytes &&
    Math.floor(status.mtimeMs / 1000) === modifiedSecondsOf(hash)
  );
}

interface Kept {
  /** The records of files that an earlier export wrote. */
  readonly records: ReadonlyMap<string, FileRecord>;
  readonly removed: readonly string[];
}

/** Takes over files and links in the folder that are not part of the new export. */
function keepOthers({
  destination,
  staging,
  run,
  clean,
}: {
  readonly destination: Destination;
  readonly staging: Staging;
  readonly run: ExportRun;
  readonly clean: boolean;
}): Kept {
  const records = new Map<string, FileRecord>();
  const removed: string[] = [];
  for (const [file, record] of destination.previous?.files ?? []) {
    if (run.files.records.has(file)) continue;
    const isOfFailure = run.failures.has(record);
    const mayStay =
      run.claims.isFree(file) && statSync(destination.locate(file), { throwIfNoEntry: false })?.isFile();
    if (mayStay !== true || (clean && !isOfFailure)) removed.push(file);
    else {
      staging.carry(destination.locate(file), file);
      run.claims.keep(file);
      records.set(file, isOfFailure ? renderAgain(record) : { ...record, isLeft: true });
    }
  }
  for (const { name, kind } of destination.others) {
    if (!run.claims.isFree(name)) continue;
    if (kind === 'link') staging.carryLink(destination.locate(name), name);
    else staging.carry(destination.locate(name), name);
    run.claims.keep(name);
  }
  return { records, removed };
}

/** Makes the next export render a page that has failed. Its last good copy stays. */
function renderAgain(record: FileRecord): FileRecord {
  return record.render === undefined ? record : { ...record, render: { ...record.render, expiresAt: 0 } };
}

const SHOWN_FAILURES = 20;
const ONE_VARIANT =
  "The export contains only the default variant of pages with variants. Add others with `export.variants`: { name: 'de', headers: { 'Accept-Language': 'de' } }";
const NOT_REACHED =
  'The request for / that asks for declared routes did not reach the middleware, so the routes are unknown, and only links and the sitemap were followed. Mount the middleware on the whole app, before the handler of /, with the webRoot of this export; or export with the instance that declares the routes';

function failed(folder: string, { failures, pages, notices }: ExportRun): StaticGeneratorError {
  const { all } = failures;
  const lines = all.slice(0, SHOWN_FAILURES).map((failure) => `  ${describeFailure(failure)}`);
  const more = all.length > SHOWN_FAILURES ? [`  and ${all.length - SHOWN_FAILURES} more`] : [];
  return new StaticGeneratorError(
    'ERR_EXPORT_FAILED',
    [
      `The site was not exported, and ${folder} was left as it is: ${failures.describe(pages)}`,
      ...lines,
      ...more,
      ...notices,
    ].join('\n'),
    { fields: { path: folder, failures: all } },
  );
}
