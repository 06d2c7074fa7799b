import { inBatches } from '../records.js';

export interface TypeOrmColumn {
  readonly databaseName: string;
  readonly propertyName: string;
  /** A constructor, such as `Number`, or the name of a type of the database. */
  readonly type?: unknown;
}

/** The part of TypeORM's EntityMetadata that is read. */
export interface TypeOrmEntity {
  readonly name: string;
  readonly tableName: string;
  readonly tableType: string;
  readonly primaryColumns: readonly TypeOrmColumn[];
  readonly uniques: readonly { readonly columns: readonly TypeOrmColumn[] }[];
  readonly indices: readonly {
    readonly columns: readonly TypeOrmColumn[];
    readonly isUnique: boolean;
    readonly where?: string;
  }[];
  readonly foreignKeys: readonly {
    readonly columns: readonly TypeOrmColumn[];
    readonly referencedColumns: readonly TypeOrmColumn[];
    readonly referencedEntityMetadata: { readonly name: string; readonly tableName: string };
    readonly onDelete?: string;
    readonly onUpdate?: string;
  }[];
}

/** The part of TypeORM's DataSource that is used. */
export interface TypeOrmDataSource {
  readonly isInitialized: boolean;
  readonly options: { readonly type: string };
  readonly entityMetadatas: readonly TypeOrmEntity[];
  readonly subscribers: object[];
  hasMetadata(target: unknown): boolean;
  getMetadata(target: unknown): TypeOrmEntity;
  getRepository(target: unknown): { find(options: object): Promise<unknown[]> };
}

/** Drivers with a single connection. */
const ONE_CONNECTION = new Set([
  ...['better-sqlite3', 'sqlite', 'sqljs'],
  ...['capacitor', 'cordova', 'expo', 'nativescript', 'react-native'],
]);

const MYSQL = new Set(['mysql', 'mariadb', 'aurora-mysql']);

/** Whether all queries share one connection, so that pages may show what a transaction has not committed. */
export function isShared({ options }: TypeOrmDataSource): boolean {
  return ONE_CONNECTION.has(options.type);
}

/** Whether the database is MySQL or MariaDB. */
export function isMysql({ options }: TypeOrmDataSource): boolean {
  return MYSQL.has(options.type);
}

/** Yields all records of an entity, in the order of their keys. */
export async function* recordsOf(dataSource: TypeOrmDataSource, entity: object): AsyncGenerator<unknown> {
  const repository = dataSource.getRepository(entity);
  const columns = dataSource.getMetadata(entity).primaryColumns;
  const order = Object.fromEntries(columns.map(({ propertyName }) => [propertyName, 'ASC']));
  yield* inBatches((range) => repository.find({ order, ...range }));
}
