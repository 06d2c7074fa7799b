// Deletes a page and exits: node delete-process.mjs WEB_ROOT /path
import { staticGenerator } from 'staticgenerator';

const [webRoot, target] = process.argv.slice(2);
const pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
await pages.quickDelete(target);
await pages.close();
