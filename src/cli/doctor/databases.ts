import type { LedgerReader, NotedUnseen, UnseenThing } from '../../ledger/ledger.js';
import { formatTime } from '../output/table.js';
import { type Finding, ok, warning } from './finding.js';

/** How many things are named, at most. */
const SHOWN = 10;

interface Kind {
  readonly kind: UnseenThing['kind'];
  readonly what: string;
  /** The words between a thing and its tables in the message. */
  readonly link: string;
  readonly remedy: string;
}

const BY_TRIGGERS = 'let the database report changes of these tables (staticgenerator postgres-triggers)';

const kinds: readonly Kind[] = [
  {
    kind: 'function',
    what: 'functions and procedures that write, which a SELECT does not reveal',
    link: 'writes',
    remedy: `call them with CALL and name their tables in the option \`procedures\`; or, on PostgreSQL, ${BY_TRIGGERS}`,
  },
  {
    kind: 'event',
    what: 'events that write, without a statement of the app',
    link: 'writes',
    remedy: 'call `staticgenerator delete` after them, or write from the app',
  },
  {
    kind: 'untold',
    what: 'tables that change along with tables that have our triggers, but have none themselves',
    link: 'changes with',
    remedy: BY_TRIGGERS,
  },
  {
    kind: 'materialized',
    what: 'materialized views, which REFRESH changes',
    link: '',
    remedy:
      'after REFRESH MATERIALIZED VIEW, call quickDelete, or run: notify staticgenerator, \'{"e":"<the view>"}\'',
  },
  {
    kind: 'foreign',
    what: 'tables of other servers, which may change there',
    link: '',
    remedy: 'delete the pages that show them with quickDelete, or give these pages a `max-age`',
  },
  {
    kind: 'keyless',
    what: 'tables without a primary key, which are followed as a whole',
    link: '',
    remedy: 'give a primary key to the tables that pages read',
  },
];

/** Reports what adapters cannot see in the databases that they have inspected. */
export function checkDatabases(ledger: Pick<LedgerReader, 'unseen'>): readonly Finding[] {
  const databases = ledger.unseen();
  if (databases.length === 0) return [ok('database', 'no adapter has inspected a database yet')];
  return databases.flatMap((one) => {
    const findings = kinds.flatMap((kind) => findingOf(one, kind) ?? []);
    return findings.length > 0
      ? findings
      : [ok('database', `${one.database} has nothing that an adapter cannot see, ${seen(one)}`)];
  });
}

function findingOf(noted: NotedUnseen, { kind, what, link, remedy }: Kind): Finding | undefined {
  const found = noted.found.filter((one) => one.kind === kind);
  if (found.length === 0) return undefined;
  const names = found
    .slice(0, SHOWN)
    .map(({ name, tables }) => (tables.length > 0 ? `${name} (${link} ${tables.join(', ')})` : name));
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  return warning(
    'database',
    `${noted.database} has ${what}: ${names.join(', ')}${more}; ${seen(noted)}`,
    remedy,
  );
}

function seen({ at }: NotedUnseen): string {
  return `as of ${formatTime(at)}`;
}
