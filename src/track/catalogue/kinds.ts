import type { OptionReader } from '../../option-reader.js';
import type { Kind } from './kind.js';
import { mysql } from './mysql.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';

/** The kinds by the names that Sequelize, TypeORM and Prisma give to databases. */
const KINDS: readonly (readonly [readonly string[], Kind])[] = [
  [['postgres', 'postgresql', 'aurora-postgres'], postgres],
  [['mysql', 'mariadb', 'aurora-mysql'], mysql],
  [['sqlite', 'better-sqlite3', 'sqljs'], sqlite],
];

const EXPECTED =
  'of PostgreSQL, MySQL, MariaDB or SQLite, whose SQL the adapters read; with another database, call the methods of pages.track() in your own hooks';

/** Returns the kind of the database behind an ORM. Throws for databases whose SQL the adapters do not read. */
export function requireKind(
  reader: OptionReader,
  { option, what, name }: { readonly option: string; readonly what: string; readonly name: unknown },
): Kind {
  const found = KINDS.find(([names]) => names.includes(String(name)))?.[1];
  if (found === undefined) reader.refuse(option, `${what} ${EXPECTED}`, name);
  reader.throwProblems();
  return found as Kind;
}
