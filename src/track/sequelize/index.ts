/** `staticgenerator/sequelize`. */
export type { SequelizeInstance } from './sequelize.js';
export { trackSequelize } from './track.js';
