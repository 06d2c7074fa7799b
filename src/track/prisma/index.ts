/** `staticgenerator/prisma`. */
export type { PrismaClientLike } from './client.js';
export { trackPrisma } from './track.js';
