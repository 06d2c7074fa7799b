import { chmodSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Options, resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import type { Reason } from '../../src/page/reasons.js';
import { type StaticGenerator, staticGenerator } from '../../src/static-generator.js';
import { RecordingLogger } from '../helpers/recording-logger.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { listen } from '../helpers/site/site.js';
import { type Cleanup, temporaryFolder } from '../helpers/temporary.js';
import type { SentRequest } from './grammar.js';
import { textOfRequest } from './oddities.js';
import { type Answer, Wire } from './wire.js';

/** What answers a hit. */
export const engines = ['nginx', 'embedded'] as const;
export type Engine = (typeof engines)[number];

/** An application in this process, which is requested through one of the engines. */
export interface EngineSite {
  readonly pages: StaticGenerator;
  readonly webRoot: string;
  readonly logger: RecordingLogger;
  /** Returns how many requests have reached Node. */
  readonly reached: () => number;
  /** Sends a request. Returns its answer, which may be incomplete. */
  ask(target: string, request?: Partial<SentRequest>): Promise<Answer>;
  /** Sends a request whose client leaves when `time` resolves, without having read anything. */
  abandon(target: string, time: Promise<unknown>): Promise<void>;
  /** Sends a request. Returns its answer, and what became of the response. */
  visit(target: string, request?: Partial<SentRequest>): Promise<Answer & { readonly outcome: Outcome }>;
  /** Returns what becomes of the next response of a path. */
  outcome(path: string, from: number): Promise<Outcome>;
}

export type Outcome = 'stored' | Reason;

export const HIT = 'staticgenerator; hit';

const ENDS = /^(?:page stored|not stored: |a page could not be stored)/;

/** Starts the application that `build` makes around the pages, until the test has finished, or until another end. */
export async function startEngine(
  engine: Engine,
  build: (pages: StaticGenerator, folder: string) => RequestListener,
  options: Partial<Options> = {},
  atEnd: (cleanup: Cleanup) => void = onTestFinished,
): Promise<EngineSite> {
  const folder = await temporaryFolder(atEnd);
  chmodSync(folder, 0o755);
  const given = { urls: [/^\//], ...options, webRoot: join(folder, 'pages') };
  const logger = new RecordingLogger();
  const pages = staticGenerator({ ...given, logger });
  atEnd(() => pages.close());
  const app = build(pages, folder);
  pages.attach(app);
  let reached = 0;
  const appPort = await listen((request, response) => {
    reached += 1;
    app(request, response);
  }, atEnd);
  const port =
    engine === 'embedded' ? appPort : await startFront({ ...given, logger: false }, appPort, atEnd);

  const outcome = async (path: string, from: number) => {
    const line = await logger.waitFor(
      ({ message, fields }) => ENDS.test(message) && fields.path === path,
      from,
    );
    return line.message === 'page stored' ? 'stored' : ((line.fields.reason ?? 'fault') as Reason);
  };
  const ask = (target: string, request: Partial<SentRequest> = {}) => send(port, target, request);
  return {
    ...{ pages, webRoot: given.webRoot, logger, reached: () => reached, outcome, ask },
    async abandon(target, time) {
      const socket = connect(port, '127.0.0.1');
      for (const segment of messageOf(target, {}).segments) socket.write(segment);
      await time;
      socket.destroy();
    },
    async visit(target, request) {
      const from = logger.lines.length;
      const answer = await ask(target, request);
      return { ...answer, outcome: await outcome(target, from) };
    },
  };
}

async function startFront(
  options: Options,
  appPort: number,
  atEnd: (cleanup: Cleanup) => void,
): Promise<number> {
  const port = await freePort();
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${appPort}`] };
  const nginx = await startNginx(generateNginx(resolveConfig(options), { form: 'whole', ...addresses }));
  atEnd(() => nginx.stop());
  return port;
}

function messageOf(target: string, request: Partial<SentRequest>) {
  const { lines = [], ...rest } = request;
  const hasHost = lines.some((line) => /^host:/i.test(line));
  const sent: SentRequest = {
    ...{ method: 'GET', target, version: '1.1', body: '', ...rest },
    lines: [...(hasHost ? [] : ['Host: localhost']), ...lines],
  };
  return {
    segments: [Buffer.from(textOfRequest(sent), 'latin1')],
    methods: [sent.method],
    repeatable: false,
  };
}

async function send(port: number, target: string, request: Partial<SentRequest>): Promise<Answer> {
  const { answers, rest } = await new Wire(port).exchange(messageOf(target, request));
  const [answer] = answers;
  if (answer === undefined) throw new Error(`Expected an answer to ${target}, got ${JSON.stringify(rest)}`);
  return answer;
}

export function cacheStatusOf({ headers }: Answer): string {
  return headers.get('cache-status') ?? 'none';
}
