import { describeForm } from './expectations.js';

describeForm('nginx', { plain: 350, dressed: 350 });
