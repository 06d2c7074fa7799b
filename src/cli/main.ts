#!/usr/bin/env node
import { Console } from 'node:console';
import { runCommandLine } from './program.js';

// The configuration file and its imports are other people's code. What they log must not get into the result, which may
// be redirected to a file for nginx.
globalThis.console = new Console(process.stderr);

// Stops the process even if that code keeps something open, such as the app's database.
process.exit(await runCommandLine(process.argv.slice(2)));
