import { beforeAll, describe, expect, test } from 'vitest';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import { isLong } from '../../helpers/effort.js';
import { packedPackage } from '../../package/packed.js';
import { isRecipe, markdownFiles, outputPattern, type Page, readPage } from '../markdown.js';
import { EmptyFolder, fileOf, type Surroundings } from './empty-folder.js';

const pages = ['README.md', ...markdownFiles('docs/guide')].map(readPage).filter(isRecipe);
/**
 * Similar pages about access to a database, each of which test/track also covers. Short tests leave them out, and
 * follow one page for each database.
 */
const AT_LENGTH = ['drizzle', 'knex', 'prisma', 'sequelize', 'typeorm'].map(
  (name) => `docs/guide/orm/${name}.md`,
);
const followed = pages.filter(({ file }) => isLong || !AT_LENGTH.includes(file));
const FOLLOWED = 'does in an empty folder what it says';
/** Packages that a page tells users to install if their Node has no SQLite. */
const FURTHER = process.versions.sqlite === undefined ? ['better-sqlite3'] : [];
let packed = '';

beforeAll(async () => {
  packed = (await packedPackage()).unpacked;
});

test.each(pages)('every block of $file is a file, commands, or what they print', ({ blocks }) => {
  const others = blocks.filter(({ language, text, notRun }) => {
    const isOther = !['sh', 'text', 'console'].includes(language) && fileOf(text) === undefined;
    return isOther && notRun === undefined;
  });
  expect(others).toEqual([]);
});

describe.each(pagesWith(undefined))('$file', (page) => {
  test(FOLLOWED, () => follow(page));
});

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const databases = usePostgres();
  const createDatabase = async () => {
    const { host, user, database } = await databases.createDatabase();
    return `postgres://${user}@localhost/${database}?host=${host}`;
  };

  describe.each(pagesWith('postgres'))('$file', (page) => {
    test(FOLLOWED, () => follow(page, { createDatabase }));
  });
});

describe.skipIf(installedMariadb === undefined)('on MariaDB', () => {
  const databases = useMariadb();
  const createDatabase = async () => {
    const { socketPath, user, database } = await databases.createDatabase();
    return `mysql://${user}@localhost/${database}?socketPath=${socketPath}`;
  };

  describe.each(pagesWith('mysql'))('$file', (page) => {
    test(FOLLOWED, () => follow(page, { createDatabase }));
  });
});

/** Returns the pages whose first address of a database is of this kind. */
function pagesWith(kind: string | undefined): readonly Page[] {
  return followed.filter(({ text }) => /DATABASE_URL=(\w+):/.exec(text)?.[1] === kind);
}

async function follow(page: Page, surroundings: Pick<Surroundings, 'createDatabase'> = {}): Promise<void> {
  const further = FURTHER.filter((name) => page.text.includes(`\`npm install ${name}\``));
  const folder = await EmptyFolder.create({ packed, further, ...surroundings });
  for (const block of page.blocks) {
    if (['text', 'console'].includes(block.language) || block.notRun !== undefined) continue;
    const output = await folder.run(block).catch((error: unknown) => {
      throw new Error(`${page.file}, ${block.section}:\n${block.text}\n${String(error)}`, { cause: error });
    });
    if (block.output !== undefined) expect(output).toMatch(outputPattern(folder.localise(block.output)));
  }
}
