import { describeForm } from './expectations.js';

describeForm('embedded', { dressed: 60 });
