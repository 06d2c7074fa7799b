import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { mergeCascades } from '../cascades.js';
import { Catalogue } from '../catalogue/catalogue.js';
import type { Kind } from '../catalogue/kind.js';
import { requireKind } from '../catalogue/kinds.js';
import { forTables, requireOptions, requirePages, type TrackOptions } from '../options.js';
import { inBatches } from '../records.js';
import { mysqlSql } from '../sql/mysql/dialect.js';
import type { TrackablePages } from '../tracker.js';
import { SequelizeHooks } from './hooks.js';
import { type SequelizeModel, SequelizeModels } from './models.js';
import { isMysql, type SequelizeInstance } from './sequelize.js';

/**
 * Follows what Sequelize reads for pages and what it changes. Call it when the models are defined. The returned
 * function stops it. Throws `ERR_OPTIONS`.
 */
export function trackSequelize(
  sequelize: SequelizeInstance,
  pages: TrackablePages,
  options: TrackOptions = {},
): () => void {
  return atCaller(trackSequelize, () => follow(sequelize, pages, options));
}

function follow(sequelize: SequelizeInstance, pages: TrackablePages, given: TrackOptions): () => void {
  const kind = requireParts(sequelize, pages);
  requireOptions(given);
  const models = new SequelizeModels(sequelize, given.lists);
  const options = forTables(given, {
    names: () => Object.keys(sequelize.models),
    of: (name) => models.entityOf(sequelize.models[name] ?? name),
  });
  const cascades = mergeCascades(models.cascades(), options.cascades);
  const tracker = pages.track({ ...options, cascades, lists: models.lists });
  tracker.provideModels({
    nameOf: (model) => (models.has(model) ? models.entityOf(model) : undefined),
    names: () => Object.keys(sequelize.models),
    records: (model) => recordsOf(model as SequelizeModel),
  });
  const named = { cascades: options.cascades, views: undefined };
  const { entityOf } = models;
  const version = () => Object.keys(sequelize.models).length;
  const catalogue = new Catalogue({ kind, named, tracker, hasModels: true, entityOf, version });
  tracker.provideRelated(catalogue);
  const dialect = isMysql(sequelize.getDialect()) ? mysqlSql : undefined;
  const hooks = Object.entries(
    new SequelizeHooks({ tracker, models, catalogue, dialect, urls: options.urls }).all(),
  );
  for (const [type, hook] of hooks) sequelize.addHook(type as never, hook);
  return () => {
    for (const [type, hook] of hooks) sequelize.removeHook(type as never, hook);
    tracker.detach();
  };
}

async function* recordsOf(model: SequelizeModel): AsyncGenerator<unknown> {
  const order = model.primaryKeyAttributes.map((name) => [name, 'ASC']);
  yield* inBatches(({ skip, take }) => model.findAll({ order, offset: skip, limit: take }));
}

function requireParts(sequelize: SequelizeInstance, pages: TrackablePages): Kind {
  const reader = new OptionReader({});
  if (typeof sequelize?.addHook !== 'function' || typeof sequelize.models !== 'object')
    reader.refuseUnseen('sequelize', 'an instance of Sequelize 6', sequelize);
  requirePages(pages, reader);
  reader.throwProblems();
  return requireKind(reader, { option: 'sequelize', what: 'one', name: sequelize.getDialect() });
}
