// Not a module, and the first script in the head: the colors that a reader chose apply before anything is drawn.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch {
  // The browser stores nothing for sites, so the colors of the system are used.
}
