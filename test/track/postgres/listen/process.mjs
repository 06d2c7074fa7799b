/** Listens until its standard input ends, closes the listener, and has nothing else to do. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { staticGenerator } from '../../../../dist/index.js';
import { listenPostgres } from '../../../../dist/track/postgres/index.js';

const [, , folder, connection] = process.argv;
const pages = staticGenerator({ webRoot: join(folder, 'pages'), urls: [/^\//], logger: false });
const listener = listenPostgres(() => new pg.Client(JSON.parse(connection)), pages);
await listener.ready;
console.log('ready');
await text(process.stdin);
await listener.close();
await pages.close();
