/** `staticgenerator/typeorm`. */
export type { TypeOrmDataSource, TypeOrmEntity } from './data-source.js';
export { trackTypeOrm } from './track.js';
