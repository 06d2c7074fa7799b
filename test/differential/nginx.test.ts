import { describeForm } from './expectations.js';

describeForm('nginx', { plain: 100, dressed: 100 });
