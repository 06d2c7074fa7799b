import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Cluster } from '../../cluster/bus.js';
import { messageOf, StaticGeneratorError } from '../../errors.js';
import { documentOf, type HostsDocument } from '../hosts/document.js';
import { linesOf } from '../hosts/lines.js';
import { type Look, lookAtHosts, lookHere } from '../hosts/look.js';
import { UsageError } from '../output/failure.js';
import { formatTime } from '../output/table.js';
import type { Session } from '../session.js';

interface HostsOptions {
  readonly watch?: boolean;
}

/** How often `--watch` looks again. */
const LOOK_EVERY_MS = 1_000;

const EXAMPLES = `
Changes nothing. Exits with 1 if the bus cannot be reached; it then shows what this host knows.
Ctrl-C stops --watch with exit code 0.

Examples:
  $ staticgenerator hosts
  $ staticgenerator hosts --watch
  $ staticgenerator hosts --json | jq '.hosts[] | select(.state != "serves")'`;

export function addHosts(program: Command, session: Session): void {
  program
    .command('hosts')
    .description(
      'Shows the hosts that share deletions (option `cluster`): how long their terms last, how far behind they are, and why a host serves no pages.',
    )
    .option('--watch', 'keep running, and show changes')
    .addHelpText('after', EXAMPLES)
    .action(async (options: HostsOptions) => await hosts(session, options));
}

async function hosts(session: Session, { watch = false }: HostsOptions): Promise<void> {
  const configured = await session.configure();
  const { cluster } = configured.config;
  if (cluster === undefined) {
    throw new UsageError(
      "This site has one host: its configuration has no `cluster`. For several, set it to redis({ url }) of 'staticgenerator/redis', or to postgresBus(pool) of 'staticgenerator/postgres', the same on all hosts",
    );
  }
  const bus = cluster.connect();
  const look = () => lookAtHosts(cluster, bus, () => lookHere(session, configured));
  try {
    if (watch) await untilInterrupted((signal) => showChanges(session, look, signal));
    else await showOnce(session, cluster, await look());
  } finally {
    await bus.close();
  }
}

async function showOnce({ output }: Session, { description }: Cluster, look: Look): Promise<void> {
  if (output.json) await output.document(documentOf(look));
  else await output.lines(linesOf(output, look));
  if (look.isReached) return;
  throw new StaticGeneratorError(
    'ERR_CLUSTER_UNREACHABLE',
    `${description} cannot be reached: ${messageOf(look.error)}`,
    { cause: look.error },
  );
}

/** Resolves when the work ends, or at Ctrl-C, whatever the work then waits for. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const interrupted = new Promise<void>((resolve) =>
    interruption.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  try {
    await Promise.race([work(interruption.signal), interrupted]);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/**
 * Shows changes. A terminal gets the same lines updated in place, JSON one document a line, other outputs
 * new lines after each change.
 */
async function showChanges(
  { output }: Session,
  look: () => Promise<Look>,
  signal: AbortSignal,
): Promise<void> {
  let [shown, height] = ['', 0];
  while (!signal.aborted && !output.hasNoReader) {
    const current = await look();
    const document = documentOf(current);
    if (signal.aborted) return;
    const lines = [formatTime(Date.now()), ...linesOf(output, current)];
    if (output.json) await output.write(`${JSON.stringify(document)}\n`);
    else if (output.isForPeople) await output.write(`${back(height)}${lines.join('\n')}\n`);
    else if (shown !== whatMatters(document)) await output.lines([...lines, '']);
    [shown, height] = [whatMatters(document), lines.length];
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns the codes that move the cursor to the first of the last lines, and clear the screen from there. */
function back(height: number): string {
  return height === 0 ? '' : `\u001b[${height}A\u001b[J`;
}

/** Returns a document without the values that differ at every look. */
function whatMatters({ log, error, hosts: shown, own }: HostsDocument): string {
  return JSON.stringify([
    ...[log?.epoch, log?.settled, log?.isCurrent, error?.message, own?.outbox === 0],
    shown.map(({ id, name, state }) => [id, name, state]),
  ]);
}
