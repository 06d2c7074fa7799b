// The thread in which the links of pages are read: it takes a fifth of the time that many a page takes to be rendered.
import { answerTasks } from '../../task-thread.js';
import { type LinkedPage, linkedPages } from './links.js';

/** What was told before is not told again: most pages of a site have most of their links in common. */
const told = new Set<string>();

answerTasks((pages: readonly LinkedPage[]) => pages.map(newsIn));

function newsIn(page: LinkedPage): readonly string[] {
  const { origin } = new URL(page.url);
  const news = linkedPages(page).filter((path) => !told.has(`${origin}${path}`));
  for (const path of news) told.add(`${origin}${path}`);
  return news;
}
