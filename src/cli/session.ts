import type { ResolvedTargets, TargetResolver, TargetResolverParts } from '../change/targets/resolver.js';
import type { Options, ResolvedConfig } from '../config.js';
import { StaticGeneratorError } from '../errors.js';
import type { LedgerReader } from '../ledger/ledger.js';
import type { Selector } from '../page/selector.js';
import type { Site } from '../site.js';
import { checkWebRoot, locateWebRoot } from '../store/web-root.js';
import { whyNothingIsListed } from './absence.js';
import type { Output } from './output/output.js';
import { createPlainLogger } from './output/plain-logger.js';
import { createProgress, type Progress } from './output/progress.js';
import { printable } from './output/table.js';

/** The options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface Configured {
  /** For {@link Session.withSite}: the file's options, with a logger that does not write to standard output. */
  readonly options: Options;
  readonly config: ResolvedConfig;
}

/**
 * What a command gets: its output, the configuration and the site. The session loads their
 * modules when they are needed.
 */
export class Session {
  readonly output: Output;
  readonly #globals: () => GlobalOptions;
  #resolver: TargetResolver | undefined;

  constructor(output: Output, globals: () => GlobalOptions) {
    this.output = output;
    this.#globals = globals;
  }

  /** Reads the configuration, and changes nothing. Throws `ERR_CONFIG_FILE` or `ERR_OPTIONS`. */
  async configure(): Promise<Configured> {
    const { config: named, verbose = false } = this.#globals();
    const [{ loadConfigFile }, { resolveConfig }] = await Promise.all([
      import('../config-file.js'),
      import('../config.js'),
    ]);
    const { file, options: written } = await loadConfigFile(named);
    const options = { ...written, logger: createPlainLogger(this.output, verbose) };
    return { options, config: inFile(file, () => resolveConfig(options)) };
  }

  /**
   * Like {@link configure}, but includes the cookies that the site has learned: its processes expect
   * them in the front server.
   */
  async configureFront(): Promise<ResolvedConfig> {
    const configured = await this.configure();
    const { config } = configured;
    if (whyNothingIsListed(config.webRoot) !== undefined) return config;
    try {
      const { withLearned } = await import('../page/request/cookies.js');
      return await this.withReader(configured, async (reader) =>
        withLearned(config, reader.learnedCookies()),
      );
    } catch (error) {
      if (!(error instanceof StaticGeneratorError) || error.code === 'ERR_NO_SQLITE') throw error;
      const remedy = 'generate it as a user who can read WEB_ROOT, or add them to `bypassCookies`';
      await this.output.notice(
        `The configuration lacks the cookies that the site may have learned: ${error.message}; ${remedy}`,
      );
      return config;
    }
  }

  /** Reads targets as quickDelete does, and warns of those that look like routes. Throws `ERR_BAD_TARGET`. */
  async resolve(config: TargetResolverParts, targets: readonly unknown[]): Promise<ResolvedTargets> {
    const { TargetResolver } = await import('../change/targets/resolver.js');
    this.#resolver ??= new TargetResolver(config);
    return await this.#resolver.resolve(targets);
  }

  /**
   * Returns the selectors of {@link resolve}. Prints a notice for each path that no page can have,
   * unless JSON was asked for.
   */
  async selectorsOf(config: TargetResolverParts, targets: readonly unknown[]): Promise<readonly Selector[]> {
    const { selectors, notPages } = await this.resolve(config, targets);
    await this.noticeNotPages(notPages);
    return selectors;
  }

  /** Prints a notice for each path that no page can have, except with JSON. */
  async noticeNotPages(paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.output.notice(`No page can have this path: ${printable(path)}`);
  }

  /** Shows the progress of some work on a terminal; shows nothing if JSON was asked for. */
  progress(label: string, unit: string): Progress {
    return createProgress({ label, unit, stream: process.stderr }, !this.output.json);
  }

  /** Opens the ledger for reading while some work runs. Creates and changes nothing. */
  async withReader<T>({ config }: Configured, work: (reader: LedgerReader) => Promise<T>): Promise<T> {
    const webRoot = locateWebRoot(config.webRoot);
    checkWebRoot(webRoot);
    const { openReader } = await import('../ledger/sqlite/reader.js');
    const { reader, close } = openReader(webRoot.ledgerFile);
    try {
      return await work(reader);
    } finally {
      close();
    }
  }

  /**
   * Opens the site while some work runs, and creates its WEB_ROOT if there is none. Commands that render set
   * `makesPages`: then stored pages of another version are out of date.
   */
  async withSite<T>(
    { options }: Configured,
    work: (site: Site) => Promise<T>,
    { makesPages = false } = {},
  ): Promise<T> {
    const { composeSite } = await import('../site.js');
    const site = composeSite(options, { makesPages });
    try {
      return await work(site);
    } finally {
      await site.close();
    }
  }
}

/** Adds the name of the file to an error of its options. */
function inFile<T>(file: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof StaticGeneratorError)) throw error;
    throw new StaticGeneratorError(error.code, `${error.message}\nThe file is ${file}`, {
      cause: error,
      fields: { ...error.fields, path: file },
    });
  }
}
