// The thread that reads the links of pages. For many pages, reading the links takes a fifth of the time of rendering.
import { answerTasks } from '../../task-thread.js';
import { type LinkedPage, linkedPages } from './links.js';

/** What was reported before is not reported again: most pages of a site have most of their links in common. */
const told = new Set<string>();

answerTasks((pages: readonly LinkedPage[]) => pages.map(newsIn));

function newsIn(page: LinkedPage): readonly string[] {
  const { origin } = new URL(page.url);
  const news = linkedPages(page).filter((path) => !told.has(`${origin}${path}`));
  for (const path of news) told.add(`${origin}${path}`);
  return news;
}
