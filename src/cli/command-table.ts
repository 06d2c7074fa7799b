import type { Command } from 'commander';
import type { Session } from './session.js';

/** Adds one command to the program. A command is one file, and one entry below. */
export type AddCommand = (program: Command, session: Session) => void;

interface CommandEntry {
  /** The line about the command in the program's help. */
  readonly summary: string;
  /** Loads the command when it is called: some commands load a whole exporter. */
  readonly load: () => Promise<AddCommand>;
}

/** The commands by name, in the order of the help. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map([
  [
    'nginx',
    {
      summary: 'print the nginx configuration',
      load: async () => (await import('./commands/nginx.js')).addNginx,
    },
  ],
  [
    'apache',
    {
      summary: 'print the Apache configuration',
      load: async () => (await import('./commands/apache.js')).addApache,
    },
  ],
  [
    'caddy',
    {
      summary: 'print the Caddyfile',
      load: async () => (await import('./commands/caddy.js')).addCaddy,
    },
  ],
  [
    'delete',
    {
      summary: 'delete stored pages',
      load: async () => (await import('./commands/delete.js')).addDelete,
    },
  ],
  [
    'publish',
    {
      summary: 'render pages now and store them',
      load: async () => (await import('./commands/publish.js')).addPublish,
    },
  ],
  [
    'warm',
    {
      summary: 'render the pages of the site before visitors request them',
      load: async () => (await import('./commands/warm.js')).addWarm,
    },
  ],
  [
    'verify',
    {
      summary: 'compare stored pages with what the app renders now',
      load: async () => (await import('./commands/verify.js')).addVerify,
    },
  ],
  [
    'watch',
    {
      summary: 'delete pages when files change',
      load: async () => (await import('./commands/watch.js')).addWatch,
    },
  ],
  [
    'list',
    {
      summary: 'list the stored pages',
      load: async () => (await import('./commands/list.js')).addList,
    },
  ],
  [
    'why',
    {
      summary: 'explain why a URL is a page or not',
      load: async () => (await import('./commands/why.js')).addWhy,
    },
  ],
  [
    'serve-api',
    {
      summary: 'serve the HTTP API of the site',
      load: async () => (await import('./commands/serve-api.js')).addServeApi,
    },
  ],
  [
    'stats',
    {
      summary: 'show statistics: pages, hits, refusals, last invalidations',
      load: async () => (await import('./commands/stats.js')).addStats,
    },
  ],
  [
    'hosts',
    {
      summary: 'show which hosts serve the site, and why others do not',
      load: async () => (await import('./commands/hosts.js')).addHosts,
    },
  ],
  [
    'doctor',
    {
      summary: 'check that the live site behaves as configured',
      load: async () => (await import('./commands/doctor.js')).addDoctor,
    },
  ],
  [
    'export',
    {
      summary: 'write the site to a folder of static files',
      load: async () => (await import('./commands/export.js')).addExport,
    },
  ],
  [
    'deploy',
    {
      summary: 'publish an exported site',
      load: async () => (await import('./commands/deploy.js')).addDeploy,
    },
  ],
  [
    'collect',
    {
      summary: 'copy static files to STATIC_ROOT',
      load: async () => (await import('./commands/collect.js')).addCollect,
    },
  ],
  [
    'find',
    {
      summary: 'show where a static file is found',
      load: async () => (await import('./commands/find.js')).addFind,
    },
  ],
  [
    'postgres-triggers',
    {
      summary: 'print a migration that makes PostgreSQL report changes',
      load: async () => (await import('./commands/postgres-triggers.js')).addPostgresTriggers,
    },
  ],
]);

/** Options of the program that take a value. */
const WITH_VALUE = ['--config'];

/** Returns the command that a line calls, or whose help it asks for; `undefined` if there is no such command. */
export function commandIn(words: readonly string[]): string | undefined {
  const operands = words.filter(
    (word, index) => !word.startsWith('-') && !WITH_VALUE.includes(words[index - 1] ?? ''),
  );
  const [name = ''] = operands[0] === 'help' ? operands.slice(1) : operands;
  return commands.has(name) ? name : undefined;
}
