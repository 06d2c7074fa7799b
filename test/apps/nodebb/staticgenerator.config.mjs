import { defineConfig } from 'staticgenerator';

/** Declares no exceptions: the middleware itself must notice what must not be stored. */
export default defineConfig({ urls: [/^\//] });
