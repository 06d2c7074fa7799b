import { OptionReader } from '../option-reader.js';
import type { PublishOptions } from '../publish/options.js';
import type { ExportFailure } from './failure-list.js';
import type { ExportSettings, ResolvedExport } from './options.js';
import { exportSettingNames, readExport } from './options.js';

/** How `exportSite()` makes one export; what is not said is as the option `export` has it. */
export interface ExportOptions extends ExportSettings, Pick<PublishOptions, 'host' | 'signal' | 'timeoutMs'> {
  /** Renders only what was invalidated since the earlier export, and what is new. Default: false. */
  readonly changed?: boolean;
  /** Removes what an earlier export wrote and this one has not; else it stays. Default: false. */
  readonly clean?: boolean;
  /** Exports into a folder that holds files of others, and replaces those that have the name of a page. Default: false. */
  readonly adopt?: boolean;
  /** Writes the rest where pages fail; of a page that fails, the last copy stays. Default: false. */
  readonly keepGoing?: boolean;
  /** Looks for links within the export that lead nowhere; they are failures. Default: false. */
  readonly check?: boolean;
  /** Copies the collected assets of the option `assets`. Default: false. */
  readonly collect?: boolean;
  readonly onProgress?: (progress: { readonly total: number; readonly done: number }) => void;
}

/** {@link ExportOptions} with every default filled in. */
export type ExportRunOptions = ResolvedExport &
  Pick<ExportOptions, 'host' | 'signal' | 'timeoutMs' | 'onProgress'> &
  Required<Pick<ExportOptions, (typeof flags)[number]>>;

/** What an export did. */
export interface ExportReport {
  readonly folder: string;
  /** URL paths of the pages that were rendered, in the order in which they were found. */
  readonly rendered: readonly string[];
  /** How many pages of the earlier export were still right. */
  readonly reused: number;
  /** How many files are in the export, without those of others. */
  readonly files: number;
  /** Files of the earlier export that were removed. */
  readonly removed: readonly string[];
  /** Files of the earlier export that are no part of this one, and stay. */
  readonly left: readonly string[];
  /** What could not be exported, and links that lead nowhere, if they are looked for, by path. */
  readonly failures: readonly ExportFailure[];
  /** What may be wrong and is no failure: that the routes of the app are not known, that nothing was found, or that links have queries. */
  readonly notices: readonly string[];
}

const flags = ['changed', 'clean', 'adopt', 'keepGoing', 'check', 'collect'] as const;
const others = ['host', 'signal', 'timeoutMs', 'onProgress'];
const DEFAULT_TIMEOUT_MS = 30_000;

/** Reads the options of one export; `configured` is what the site's options say. Throws `ERR_OPTIONS`. */
export function readExportOptions(given: ExportOptions, configured: ExportSettings = {}): ExportRunOptions {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  const read = new OptionReader({ ...configured, ...Object.fromEntries(defined) });
  read.refuseUnknown([...exportSettingNames, ...flags, ...others]);
  const settings = readExport(read);
  const [changed, clean, adopt, keepGoing, check, collect] = flags.map((flag) => read.boolean(flag, false));
  const timeoutMs = read.positiveInteger('timeoutMs', DEFAULT_TIMEOUT_MS);
  const host = read.string('host', '') || undefined;
  if (given.signal !== undefined && !(given.signal instanceof AbortSignal))
    read.refuse('signal', 'an AbortSignal', given.signal);
  read.throwProblems();
  const { signal, onProgress } = given;
  return {
    ...settings,
    ...{ changed: changed === true, clean: clean === true, adopt: adopt === true },
    ...{ keepGoing: keepGoing === true, check: check === true, collect: collect === true },
    ...{ timeoutMs },
    ...(host === undefined ? {} : { host }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}
