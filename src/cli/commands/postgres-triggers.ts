import type { Command } from 'commander';
import type { TriggerTable } from '../../track/postgres/triggers/tables.js';
import { postgresTriggers } from '../../track/postgres/triggers/triggers.js';
import { collect } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import type { Session } from '../session.js';

interface TriggersOptions {
  readonly down?: boolean;
  readonly key?: readonly string[];
  readonly entity?: readonly string[];
  readonly lists?: readonly string[];
  readonly ignore?: readonly string[];
  readonly channel?: string;
}

const EXAMPLES = `
Name each table as it is spelled in the database: posts or blog.posts. The command needs no configuration file and no
database. You can run the SQL that it prints more than once. The app listens with listenPostgres().

Examples:
  $ staticgenerator postgres-triggers posts authors > migrations/7-pages.sql
  $ staticgenerator postgres-triggers posts authors | psql -1 blog
  $ staticgenerator postgres-triggers posts --key posts=slug --ignore posts=views,seen_at
  $ staticgenerator postgres-triggers comments --lists comments=post_id
  $ staticgenerator postgres-triggers posts --entity posts=Post
  $ staticgenerator postgres-triggers posts authors --down | psql -1 blog`;

export function addPostgresTriggers(program: Command, session: Session): void {
  program
    .command('postgres-triggers')
    .description(
      'Prints the SQL of triggers that report to the site which rows of these tables have changed.',
    )
    .argument('<table...>', 'the tables that pages are rendered from')
    .option('--down', 'print the SQL that removes them')
    .option('--key <table=columns>', 'the key of a table (repeatable; default: id; empty: none)', collect)
    .option('--entity <table=name>', 'what an ORM calls the model of a table (repeatable)', collect)
    .option('--lists <table=columns>', 'the columns that distinguish lists (repeatable)', collect)
    .option(
      '--ignore <table=columns>',
      'columns that no page shows: updates of only these are not reported (repeatable)',
      collect,
    )
    .option('--channel <name>', 'the channel to notify (default: staticgenerator)')
    .addHelpText('after', EXAMPLES)
    .action(
      async (tables: readonly string[], options: TriggersOptions) => await print(session, tables, options),
    );
}

async function print(
  { output }: Session,
  names: readonly string[],
  { down = false, key, entity, lists, ignore, channel }: TriggersOptions,
): Promise<void> {
  const keys = assigned('--key', names, key);
  const entities = assigned('--entity', names, entity);
  const listed = assigned('--lists', names, lists);
  const ignored = assigned('--ignore', names, ignore);
  const tables = names.map((table): TriggerTable => {
    const [ownKey, ownEntity, ownLists, ownIgnored] = [keys, entities, listed, ignored].map((one) =>
      one.get(table),
    );
    return {
      table,
      ...(ownKey !== undefined && { key: columnsIn(ownKey) }),
      ...(ownEntity !== undefined && { entity: ownEntity }),
      ...(ownLists !== undefined && { lists: columnsIn(ownLists) }),
      ...(ownIgnored !== undefined && { ignore: columnsIn(ownIgnored) }),
    };
  });
  const migration = postgresTriggers(tables, channel === undefined ? {} : { channel });
  if (output.json) await output.document(migration);
  else await output.write(down ? migration.down : migration.up);
}

/** Returns the values of `--option table=value`, by table. */
function assigned(
  option: string,
  tables: readonly string[],
  given: readonly string[] = [],
): ReadonlyMap<string, string> {
  return new Map(
    given.map((one) => {
      const table = tables.find((name) => one.startsWith(`${name}=`));
      if (table === undefined)
        throw new UsageError(`Expected ${option} to be <table>=…, with one of the tables given, got ${one}`);
      return [table, one.slice(table.length + 1)];
    }),
  );
}

function columnsIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(',');
}
