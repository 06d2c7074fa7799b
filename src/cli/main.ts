#!/usr/bin/env node
import { Console } from 'node:console';
import { runCommandLine } from './program.js';

// The configuration file, and what it imports, is other people's code: what that logs must not get into the result,
// which may be on its way into a file of nginx.
globalThis.console = new Console(process.stderr);

// Ends the process even if that code holds something open, such as the app's database.
process.exit(await runCommandLine(process.argv.slice(2)));
