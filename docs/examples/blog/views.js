import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';

const eta = new Eta({ views: fileURLToPath(new URL('views', import.meta.url)), cache: true });

/**
 * Renders views/<name>.eta. `<%= %>` escapes; `<%~ %>` does not, and is for what is HTML already.
 *
 * @param {'home' | 'post' | 'tag' | 'feed' | 'edit' | 'message'} name
 * @param {object} data
 */
export function render(name, data) {
  return eta.render(name, { ...data, renderedAt: new Date() });
}
