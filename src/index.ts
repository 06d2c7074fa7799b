export type { DeleteReport } from './change/invalidate.js';
export type { HasAbsoluteUrl, HasAll, Target } from './change/targets.js';
export { defineConfig, type OptionProblem, type Options } from './config.js';
export { type ErrorCode, type ErrorFields, StaticGeneratorError } from './errors.js';
export type { Logger } from './log.js';
export type { PublishRefusal, PublishReport } from './publish/publish.js';
export type { Stored } from './request/page-writer.js';
export { type StaticGenerator, staticGenerator } from './static-generator.js';
