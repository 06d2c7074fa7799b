import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { Options } from '../../../src/config.js';
import { queriedRule } from './queried.js';
import { dimensions, variedRules } from './varied.js';

/** The configuration of a site: the same for all of its processes and for the nginx in front of it. */
export interface Setting {
  readonly name: SettingName;
  /** The values that a clean client may send as Host. */
  readonly hosts: readonly string[];
  readonly options: Omit<Options, 'webRoot' | 'logger'>;
}

export type SettingName = 'plain' | 'dressed';

export const MAX_BODY_BYTES = 300_000;
export const MARKER = 'Dear customer number';

const common = {
  variants: dimensions,
  urls: [...variedRules, queriedRule, { match: /^\/everybody\//, as: 'nobody' as const }, /^\/(?!raw\/)/],
  excludeUrls: [/^\/admin(?:\/|$)/],
  maxBodyBytes: MAX_BODY_BYTES,
  bodyMarkers: ['name="_csrf"', MARKER],
};

/** Returns the headers that helmet adds to every answer. */
function helmetHeaders(): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet()(request, response, () => undefined);
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}

export const settings: Readonly<Record<SettingName, Setting>> = {
  /** Defaults. */
  plain: { name: 'plain', hosts: ['localhost'], options: common },
  /** Helmet on every answer and declared, two hosts, parameters to ignore. */
  dressed: {
    name: 'dressed',
    hosts: ['localhost', 'www.example.test'],
    options: {
      ...common,
      hosts: ['localhost', 'www.example.test'],
      ignoreQuery: ['utm_*', 'fbclid'],
      headers: helmetHeaders(),
      types: {
        xml: 'application/rss+xml; charset=utf-8',
        '/tagged/*/rss/': 'application/rss+xml; charset=utf-8',
        '/types/*.data': 'text/x-script; charset=utf-8',
      },
      bypassHeaders: { add: ['X-Fragment'] },
    },
  },
};
