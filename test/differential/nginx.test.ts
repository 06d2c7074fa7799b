import { describeForm } from './expectations.js';

describeForm('nginx', { plain: 200, dressed: 200 });
