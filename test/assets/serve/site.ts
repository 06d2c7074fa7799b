import { statSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import {
  AssetResponder,
  exactValidators,
  nginxValidators,
} from '../../../src/assets/serve/answer/respond.js';
import { DevelopmentFiles } from '../../../src/assets/serve/development.js';
import { readServeOptions, type ServeOptions } from '../../../src/assets/serve/options.js';
import { AssetServer } from '../../../src/assets/serve/server.js';
import { StaticRoot } from '../../../src/assets/serve/static-root.js';
import { OptionReader } from '../../../src/option-reader.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { listen } from '../../helpers/site/site.js';

export const URL_PATH = '/static/';

export type Mode = 'production' | 'development';

export interface AssetSite {
  readonly port: number;
  readonly logger: RecordingLogger;
  /** Looks for new files. Needed in production only. */
  reload(): void;
}

/** Starts an Express site that serves a folder as its assets, in either mode. */
export async function startAssetSite(root: string, mode: Mode, given: ServeOptions = {}): Promise<AssetSite> {
  const logger = new RecordingLogger();
  const options = readServeOptions(new OptionReader(given));
  const parts = { urlPath: URL_PATH, options, logger };
  const inProduction = mode === 'production';
  const staticRoot = new StaticRoot({ ...parts, root, otherNames: () => [] });
  const find = (path: string) => {
    const file = join(root, path);
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? { folder: root, file } : undefined;
  };
  const source = inProduction ? staticRoot : new DevelopmentFiles({ ...parts, find });
  const responder = new AssetResponder(
    inProduction
      ? { validatorsOf: nginxValidators, followsLinks: options.symlinks }
      : { validatorsOf: exactValidators, followsLinks: true },
  );
  const app = express();
  app.use((_request, response, next) => {
    response.set('X-App', 'reached');
    next();
  });
  app.use(new AssetServer({ ...parts, source, responder }).middleware);
  return { port: await listen(app), logger, reload: () => staticRoot.reload() };
}
