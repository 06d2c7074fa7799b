import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { mergeCascades } from '../cascades.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { Kind } from '../catalogue/kind.js';
import { requireKind } from '../catalogue/kinds.js';
import { forTables, requireOptions, requirePages, type TrackOptions } from '../options.js';
import { mysqlSql } from '../sql/mysql/dialect.js';
import type { TrackablePages } from '../tracker.js';
import { isMysql, isShared, recordsOf, type TypeOrmDataSource } from './data-source.js';
import { cascadesOf, modelsOf, standInsOf } from './models.js';
import { Subscriber } from './subscriber.js';

/**
 * Follows what TypeORM reads for pages and what it changes. Call it after `dataSource.initialize()`. The returned
 * function stops it. Throws `ERR_OPTIONS`.
 */
export function trackTypeOrm(
  dataSource: TypeOrmDataSource,
  pages: TrackablePages,
  options: TrackOptions = {},
): () => void {
  return atCaller(trackTypeOrm, () => follow(dataSource, pages, options));
}

function follow(dataSource: TypeOrmDataSource, pages: TrackablePages, given: TrackOptions): () => void {
  const kind = requireParts(dataSource, pages);
  requireOptions(given);
  const options = forTables(given, standInsOf(dataSource.entityMetadatas));
  const models = modelsOf(dataSource.entityMetadatas, {
    isMysql: isMysql(dataSource),
    given: options.lists,
  });
  const cascades = mergeCascades(cascadesOf(dataSource.entityMetadatas, models), options.cascades);
  const tracker = pages.track({ ...options, cascades, lists: models.lists });
  tracker.provideModels({
    nameOf: (model) => (dataSource.hasMetadata(model) ? dataSource.getMetadata(model).name : undefined),
    names: () => dataSource.entityMetadatas.map(({ name }) => name),
    records: (model) => recordsOf(dataSource, model),
  });
  const named = { cascades: options.cascades, views: undefined };
  const { entityOf } = models;
  const catalogue = new Catalogue({ kind, named, tracker, hasModels: true, entityOf });
  tracker.provideRelated(catalogue);
  const withUrls = new Set(Object.keys(options.urls ?? {}));
  const subscriber = new Subscriber({
    tracker,
    models,
    catalogue,
    dialect: isMysql(dataSource) ? mysqlSql : undefined,
    // In MySQL, some tables have no transactions.
    deletesOnRollback: isShared(dataSource) || isMysql(dataSource),
    withUrls,
  });
  dataSource.subscribers.push(subscriber);
  return () => {
    const index = dataSource.subscribers.indexOf(subscriber);
    if (index !== -1) dataSource.subscribers.splice(index, 1);
    tracker.detach();
  };
}

function requireParts(dataSource: TypeOrmDataSource, pages: TrackablePages): Kind {
  const reader = new OptionReader({});
  if (dataSource?.isInitialized !== true)
    reader.refuse(
      'dataSource',
      'a DataSource of TypeORM whose initialize() has been awaited',
      dataSource?.isInitialized,
    );
  requirePages(pages, reader);
  reader.throwProblems();
  return requireKind(reader, { option: 'dataSource', what: 'one', name: dataSource.options.type });
}
