import { anySql } from '../../../src/track/sql/dialect.js';
import { mysqlSql } from '../../../src/track/sql/mysql/dialect.js';
import { describeDialect } from '../../contract/dialect.js';

const doubled = (text: string) => `'${text.replaceAll("'", "''")}'`;

describeDialect('PostgreSQL, by the dialect for any database', {
  dialect: anySql,
  name: (text) => `"${text}"`,
  literal: doubled,
  parameter: (number) => `$${number}`,
});

describeDialect('SQLite, by the dialect for any database', {
  dialect: anySql,
  name: (text) => `[${text}]`,
  literal: doubled,
  parameter: (number) => `?${number}`,
});

describeDialect('MySQL, by the dialect for any database', {
  dialect: anySql,
  name: (text) => `\`${text}\``,
  literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  parameter: () => '?',
});

describeDialect('MySQL and MariaDB', {
  dialect: mysqlSql,
  name: (text) => `\`${text}\``,
  literal: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  parameter: () => '?',
});
