/**
 * Ghost behind the middleware, as the recipe of the guide describes it. Ghost reads its configuration from the
 * environment.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { GHOST_FOLDER, PORT } = process.env;
const pages = staticGenerator(options);
const boot = createRequire(import.meta.url)(join(GHOST_FOLDER, 'core/boot.js'));
const ghost = await boot({ server: false });
const app = express().disable('x-powered-by');
app.use(pages.middleware, ghost);
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
