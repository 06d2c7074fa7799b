/** Next (app router) on its own Express server, as the recipe of the guide describes it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { APP_FOLDER, PORT } = process.env;
const pages = staticGenerator(options);
const next = createRequire(join(APP_FOLDER, 'package.json'))('next');
const site = next({ dev: false, dir: APP_FOLDER });
await site.prepare();
const app = express();
app.disable('x-powered-by');
app.use(pages.middleware);
app.use((request, response) => site.getRequestHandler()(request, response));
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
