/** What a configuration file imports from the package: see light-import.ts. */
export { defaults, defineConfig } from '../config.js';
export { StaticGeneratorError } from '../errors.js';
