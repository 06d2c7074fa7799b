import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';

/** @import { Express } from 'express' */

const folder = fileURLToPath(new URL('views', import.meta.url));

/**
 * Makes `response.render(name, data)` render views/<name>.eta. In a view, `<%= %>` escapes. `<%~ %>` does not, and is
 * for text that is HTML already.
 *
 * @param {Express} app
 * @param {object} locals values for all views
 */
export function useViews(app, locals) {
  const eta = new Eta({ views: folder, cache: true });
  app.set('views', folder);
  app.set('view engine', 'eta');
  app.engine('eta', (path, data, callback) => {
    callback(null, eta.render(basename(path, '.eta'), { ...data, renderedAt: new Date() }));
  });
  Object.assign(app.locals, locals);
}
