export type { DeleteReport, KeptPage } from './change/invalidate.js';
export type { DeleteOptions, HasAbsoluteUrl, HasAll, Target } from './change/targets.js';
export { defineConfig, type Options, type Refresh } from './config.js';
export { type ErrorCode, type ErrorFields, StaticGeneratorError } from './errors.js';
export type { Logger } from './log.js';
export type { OptionProblem } from './option-reader.js';
export type { PublishRefusal, PublishReport } from './publish/publish.js';
export type { Stored } from './request/page-writer.js';
export { type StaticGenerator, staticGenerator } from './static-generator.js';
