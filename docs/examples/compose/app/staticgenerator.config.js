import { redis } from 'staticgenerator/redis';

// WEB_ROOT is in the environment, for the app and the commands alike.
export default {
  urls: [/^\/notes\.txt$/],
  hosts: ['localhost'],
  cluster: redis({ url: process.env.REDIS_URL }),
};
