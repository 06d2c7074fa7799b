import { describe } from 'vitest';
import { installed } from '../helpers/servers/web-server.js';
import { describeForm } from './expectations.js';

describe.skipIf(installed('apache2') === undefined)('behind Apache', () => {
  describeForm('apache2', { dressed: 60 });
});
