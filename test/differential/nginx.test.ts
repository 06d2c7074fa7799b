import { describeForm } from './expectations.js';

describeForm('nginx', { plain: 40, dressed: 60 });
