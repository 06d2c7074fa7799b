import { OptionReader } from '../option-reader.js';
import type { PublishOptions } from '../publish/options.js';
import type { ExportFailure } from './failure-list.js';
import type { ExportSettings, ResolvedExport } from './options.js';
import { exportSettingNames, readExport } from './options.js';

/** How `exportSite()` makes one export. Options that are not given are as in the option `export`. */
export interface ExportOptions extends ExportSettings, Pick<PublishOptions, 'host' | 'signal' | 'timeoutMs'> {
  /** Renders only the pages that were invalidated since the earlier export, and new ones. Default: false. */
  readonly changed?: boolean;
  /** Removes files that an earlier export wrote and this one did not. Otherwise, they stay. Default: false. */
  readonly clean?: boolean;
  /** Exports into a folder with files that no export wrote. Replaces those with the name of a page. Default: false. */
  readonly adopt?: boolean;
  /** Writes the other pages if some fail. The last copy of a page that fails stays. Default: false. */
  readonly keepGoing?: boolean;
  /** Looks for links within the export that lead nowhere, and reports them as failures. Default: false. */
  readonly check?: boolean;
  /** Copies the collected assets of the option `assets`. Default: false. */
  readonly collect?: boolean;
  readonly onProgress?: (progress: { readonly total: number; readonly done: number }) => void;
}

/** {@link ExportOptions} with every default filled in. */
export type ExportRunOptions = ResolvedExport &
  Pick<ExportOptions, 'host' | 'signal' | 'timeoutMs' | 'onProgress'> &
  Required<Pick<ExportOptions, (typeof flags)[number]>>;

/** The result of an export. */
export interface ExportReport {
  readonly folder: string;
  /** URL paths of the pages that were rendered, in the order in which they were found. */
  readonly rendered: readonly string[];
  /** How many pages of the earlier export were still right, and were not rendered again. */
  readonly reused: number;
  /** How many files are in the export, without those that no export wrote. */
  readonly files: number;
  /** Files of the earlier export that were removed. */
  readonly removed: readonly string[];
  /** Files of the earlier export that are not part of this one, but stay. */
  readonly left: readonly string[];
  /** What could not be exported, and, if links are checked, links that lead nowhere. Sorted by path. */
  readonly failures: readonly ExportFailure[];
  /** What may be wrong but is not a failure, such as unknown routes, an empty export, or links with queries. */
  readonly notices: readonly string[];
}

const flags = ['changed', 'clean', 'adopt', 'keepGoing', 'check', 'collect'] as const;
const others = ['host', 'signal', 'timeoutMs', 'onProgress'];
const DEFAULT_TIMEOUT_MS = 30_000;

/** Reads the options of one export. `configured` are the site's options. Throws `ERR_OPTIONS`. */
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
