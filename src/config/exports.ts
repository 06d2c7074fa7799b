/** The part of the package that a configuration file imports: see light-import.ts. */
export { defaults, defineConfig } from '../config.js';
export { StaticGeneratorError } from '../errors.js';
