import { describeForm } from './expectations.js';

describeForm('processes', { dressed: 60 });
