import { type Command, InvalidArgumentError } from 'commander';
import type { PublishOptions } from '../publish/options.js';
import type { Site } from '../site.js';
import { loadApp } from './app.js';
import { collect, positiveInteger } from './option-values.js';
import { UnhealthyError } from './output/failure.js';
import type { Progress } from './output/progress.js';
import type { Configured, Session } from './session.js';

/** The options of every command that renders. */
export interface RenderingOptions {
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly header?: readonly string[];
  readonly host?: string;
}

/** What `withRendering` passes to a command that renders. */
export interface Rendering {
  /** Opens the site with the app attached, does some work, and closes the site. */
  readonly withSite: <T>(work: (site: Site) => Promise<T>) => Promise<T>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onProgress: Progress['show'];
}

const HEADER = /^([!#$%&'*+.^`|~\w-]+):\s*(.*)$/;

export function addRenderingOptions(command: Command): Command {
  return command
    .option('--concurrency <number>', 'how many pages to render at a time (default: 4)', positiveInteger)
    .option('--timeout <milliseconds>', 'how long one render may take (default: 30000)', positiveInteger)
    .option(
      '--header <line>',
      'a header for every request, such as "X-Forwarded-Proto: https" (repeatable)',
      header,
    )
    .option('--host <name>', 'the Host of requests (default: the first of `hosts`, or localhost)');
}

function header(line: string, lines?: readonly string[]): readonly string[] {
  if (HEADER.test(line)) return collect(line, lines);
  throw new InvalidArgumentError('Expected a header, as in "X-Forwarded-Proto: https".');
}

/** Converts these options to those of a publication. */
export function renderSettingsOf({
  concurrency,
  timeout,
  header: lines,
  host,
}: RenderingOptions): PublishOptions {
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(lines === undefined ? {} : { headers: Object.fromEntries(lines.map(headerOf)) }),
    ...(host === undefined ? {} : { host }),
  };
}

function headerOf(line: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = HEADER.exec(line) ?? [];
  return [name, value];
}

/** Imports the app and shows progress while some work runs. Ctrl-C aborts the signal of the work. */
export async function withRendering<T>(
  session: Session,
  configured: Configured,
  { label, work }: { readonly label: string; readonly work: (rendering: Rendering) => Promise<T> },
): Promise<T> {
  const app = await loadApp(configured.config);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new UnhealthyError('Stopped before the end'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const progress = session.progress(label, 'pages');
  try {
    return await work({
      withSite: async (workOnSite) =>
        await session.withSite(configured, async (site) => {
          site.publisher.attach(app.listener);
          return await workOnSite(site);
        }),
      signal: interruption.signal,
      onProgress: progress.show,
    });
  } finally {
    progress.stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await app.close();
  }
}
