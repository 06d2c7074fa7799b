import type { OptionProblem } from '../../option-reader.js';
import { problem } from '../options/checks.js';
import {
  type FrontOptions,
  type OptionsSite,
  type ResolvedFrontOptions,
  resolveFrontOptions,
} from '../options/options.js';

/** How a site's configuration is to be generated; a list is repeated in nginx. In the pair, `listen` says on which ports. */
export interface NginxOptions extends FrontOptions {
  /**
   * `default`: all that goes to the http level, for `conf.d`. `whole`: a complete nginx.conf. `http` and `server`: the
   * pair to include in a server that is there already.
   */
  readonly form?: NginxForm;
  /** Whether .br files are served. Default: no. */
  readonly brotli?: boolean;
  /** The module to load for that, in a whole nginx.conf. Default: none, it is built in. */
  readonly brotliModule?: string;
}

export type NginxForm = 'default' | 'whole' | 'http' | 'server';

/** {@link NginxOptions}, checked and filled in. */
export interface ResolvedNginxOptions extends ResolvedFrontOptions, OwnOptions {}

/** Those that no other server has. */
export interface OwnOptions {
  readonly form: NginxForm;
  readonly brotli: boolean;
  readonly brotliModule: string | undefined;
}

const forms: readonly string[] = ['default', 'whole', 'http', 'server'] satisfies readonly NginxForm[];

/** Checks options and fills in defaults. Throws one `ERR_OPTIONS` that names every problem. */
export function resolveNginxOptions(site: OptionsSite, given: NginxOptions): ResolvedNginxOptions {
  const { form = 'default', brotli = false, brotliModule } = given;
  const front = resolveFrontOptions(site, given, { name: 'nginx', problems: problemsOf(form) });
  return { form, ...front, brotli, brotliModule };
}

function problemsOf(form: NginxForm): readonly OptionProblem[] {
  return forms.includes(form) ? [] : [problem('form', `one of ${forms.join(', ')}`, form)];
}
