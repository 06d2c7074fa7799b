import { onTestFinished } from 'vitest';
import type { Options, ResolvedConfig } from '../../../src/config.js';
import { generateNginx, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { type RunningNginx, startNginx } from '../../helpers/servers/nginx.js';
import { type Addresses, type RunningFront, startFrontOf } from './front.js';

/** A running nginx with the generated configuration. */
export interface Front extends RunningFront {
  readonly nginx: RunningNginx;
}

export interface FrontOptions {
  readonly site?: Partial<Options>;
  readonly nginx?: NginxOptions;
  /** Returns the configuration that nginx is started with. Default: the whole generated configuration. */
  readonly compose?: (config: ResolvedConfig, addresses: Addresses) => string;
  /** Changes the generated text, to show what a test would notice. */
  readonly edit?: (configuration: string) => string;
}

export const HIT = 'staticgenerator; hit';

export async function startFront({
  site = {},
  nginx: options = {},
  compose = (config, addresses) => generateNginx(config, { form: 'whole', ...addresses, ...options }),
  edit = (text) => text,
}: FrontOptions = {}): Promise<Front> {
  const { front, server } = await startFrontOf(
    site,
    async (config, addresses) => await startNginx(edit(compose(config, addresses))),
  );
  return { ...front, nginx: server };
}

/** Starts a server in front for one test. */
export async function frontOfTest(options: FrontOptions = {}): Promise<Front> {
  const front = await startFront(options);
  onTestFinished(() => front.stop());
  return front;
}
