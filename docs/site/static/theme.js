// No module, and first in the head: the colors that a reader has chosen are there before anything is drawn.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing for sites: the colors of the system are used.
}
