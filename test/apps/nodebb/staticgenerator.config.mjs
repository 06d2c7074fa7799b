import { defineConfig } from 'staticgenerator';

/** Nothing is declared: what must not be stored has to be noticed. */
export default defineConfig({ urls: [/^\//] });
