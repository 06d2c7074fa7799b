import { describe } from 'vitest';
import { installed } from '../helpers/servers/web-server.js';
import { describeForm } from './expectations.js';

describe.skipIf(installed('caddy') === undefined)('behind Caddy', () => {
  describeForm('caddy', { dressed: 60 });
});
