import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Command } from 'commander';
import { messageOf } from '../../errors.js';
import { isToken, MIN_TOKEN_LENGTH } from '../../operate/api/authorize.js';
import type { Site } from '../../site.js';
import { type LoadedApp, loadApp } from '../app.js';
import { UsageError } from '../output/failure.js';
import type { Configured, Session } from '../session.js';

interface ServeApiOptions {
  readonly listen: string;
  readonly tokenFile?: string;
}

const DEFAULT_LISTEN = '127.0.0.1:3080';
const TOKEN_VARIABLE = 'STATICGENERATOR_TOKEN';
/** How long running requests may take after Ctrl-C. */
const GRACE_MS = 10_000;
/** How long a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

const EXAMPLES = `
Use it if you cannot change the app; in your own app, mount pages.api() instead. Run it as the same user as the app.
Clients send the token as "Authorization: Bearer <token>". Set the token in the environment variable
${TOKEN_VARIABLE} or in a file; separate several tokens by spaces or lines. Publishing and regenerating render with
the app that the configuration names (\`app\`). PURGE deletes the page of the URL that it is sent to. Ctrl-C stops it with exit code 0.

Examples:
  $ ${TOKEN_VARIABLE}=$(openssl rand -hex 32) staticgenerator serve-api
  $ staticgenerator serve-api --token-file /etc/blog/token --listen unix:/run/blog/api.sock`;

export function addServeApi(program: Command, session: Session): void {
  program
    .command('serve-api')
    .description(
      'Serves the HTTP API: deletes, renders, lists and explains pages for other programs, until Ctrl-C.',
    )
    .option('--listen <address>', 'a port, address:port or unix:/path', DEFAULT_LISTEN)
    .option('--token-file <file>', `the file with the token, instead of ${TOKEN_VARIABLE}`)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServeApiOptions) => await serveApi(session, options));
}

async function serveApi(session: Session, options: ServeApiOptions): Promise<void> {
  const address = addressOf(options.listen);
  const token = await readTokens(options);
  const configured = await session.configure();
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const app = new AppWhenNeeded(configured);
  try {
    const { makeApi } = await import('../../site/operate/http-api.js');
    await session.withSite(configured, async (site) => {
      const api = makeApi(
        {
          ...site,
          lifetime: { isOver: () => interruption.signal.aborted },
          recordsOf: () => undefined,
          beforeRender: () => app.attachTo(site),
        },
        { authorize: { token } },
      );
      const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, api);
      server.listen(address);
      await once(server, 'listening');
      await tell(session, server);
      if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
      await close(server);
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await app.close();
  }
}

/** Reads the tokens. They cannot be given on the command line, which every user of the machine can see. */
async function readTokens({ tokenFile }: ServeApiOptions): Promise<readonly string[]> {
  const { [TOKEN_VARIABLE]: variable } = process.env;
  if (tokenFile !== undefined && variable !== undefined)
    throw new UsageError(`Expected either --token-file or ${TOKEN_VARIABLE}, got both`);
  const text = tokenFile === undefined ? (variable ?? '') : await readTokenFile(tokenFile);
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const remedy = `\`openssl rand -hex ${MIN_TOKEN_LENGTH}\` prints one`;
  if (tokens.length === 0)
    throw new UsageError(
      `Expected a token in the environment variable ${TOKEN_VARIABLE} or in --token-file, found none; ${remedy}`,
    );
  if (tokens.every(isToken)) return tokens;
  throw new UsageError(
    `Expected each token in ${tokenFile ?? TOKEN_VARIABLE} to be ${MIN_TOKEN_LENGTH} or more letters, digits or -._~+/=; ${remedy}`,
  );
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`Expected --token-file to be a file that can be read: ${messageOf(error)}`);
  }
}

function addressOf(listen: string): ListenOptions {
  const [, path, host = '127.0.0.1', port] = /^(?:unix:(\/.+)|(?:(.+):)?(\d{1,5}))$/.exec(listen) ?? [];
  if (path !== undefined) return { path };
  if (port === undefined || Number(port) > 65_535)
    throw new UsageError(
      `Expected --listen to be a port, address:port or unix:/path, got ${JSON.stringify(listen)}`,
    );
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

async function tell({ output }: Session, server: Server): Promise<void> {
  const address: AddressInfo | string | null = server.address();
  const isLocal = typeof address !== 'object' || address === null || /^(?:127\.|::1$)/.test(address.address);
  if (!isLocal)
    await output.notice(
      'Tokens and responses are not encrypted: put a server with TLS in front, or listen on a loopback address',
    );
  const listening = nameOf(address);
  if (output.json) await output.write(`${JSON.stringify({ listening })}\n`);
  else await output.notice(`Listening on ${listening}`);
}

function nameOf(address: AddressInfo | string | null): string {
  if (typeof address !== 'object' || address === null) return `unix:${address}`;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Closes the server, after running requests have ended or the time for that is over. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}

/** The app that the configuration names. It is imported when something must be rendered. */
class AppWhenNeeded {
  readonly #configured: Configured;
  #loading: Promise<LoadedApp> | undefined;

  constructor(configured: Configured) {
    this.#configured = configured;
  }

  /** Attaches the app. If the configuration has none, the publisher reports that. */
  async attachTo({ publisher }: Pick<Site, 'publisher'>): Promise<void> {
    const { config } = this.#configured;
    if (config.app === undefined) return;
    this.#loading ??= loadApp(config);
    try {
      publisher.attach((await this.#loading).listener);
    } catch (error) {
      // The next request tries again.
      this.#loading = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }
}
