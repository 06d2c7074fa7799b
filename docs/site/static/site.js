const root = document.documentElement;
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

const isDark = () => (root.dataset.theme ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark';

showThemeSwitch();
showSearch();
for (const block of document.querySelectorAll('.code, .install')) addCopyButton(block);
showPlaceInContents();
addEventListener('keydown', ({ key }) => {
  // On a phone, the menu is visible only while the address ends with #contents.
  if (key === 'Escape' && location.hash === '#contents') location.hash = '#content';
});

/** Scrolls the contents to the current page, without scrolling the page itself. */
function showPlaceInContents() {
  const contents = document.querySelector('.contents');
  const current = contents.querySelector('[aria-current]');
  if (current !== null) contents.scrollTop = current.offsetTop - contents.clientHeight / 2;
}

function showThemeSwitch() {
  const button = document.querySelector('[data-theme-switch]');
  const show = () => {
    button.setAttribute('aria-pressed', String(isDark()));
    // `media` follows the colors of the system. Here it is made to follow those that the reader chose.
    for (const source of document.querySelectorAll('picture source[media]')) {
      source.dataset.media ??= source.media;
      const isFor = source.dataset.media.includes('dark') ? 'dark' : 'light';
      source.media = isFor === (isDark() ? 'dark' : 'light') ? 'all' : 'not all';
    }
  };
  button.addEventListener('click', () => {
    const chosen = isDark() ? 'light' : 'dark';
    const isOfSystem = (chosen === 'dark') === systemIsDark.matches;
    if (isOfSystem) delete root.dataset.theme;
    else root.dataset.theme = chosen;
    keep(isOfSystem ? undefined : chosen);
    show();
  });
  systemIsDark.addEventListener('change', show);
  button.hidden = false;
  show();
}

/** Stores the chosen colors for the next page. If the browser stores nothing, that page has the system's colors. */
function keep(theme) {
  try {
    if (theme === undefined) localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch {
    root.dataset.kept = 'no';
  }
}

/** Shows the search button. The dialog opens at once, so that no key press is lost; only then is the search loaded. */
function showSearch() {
  const button = document.querySelector('[data-find]');
  const dialog = document.querySelector('dialog.search');
  const open = async () => {
    if (!dialog.open) dialog.showModal();
    dialog.querySelector('input').select();
    const { startSearch } = await import('./search.js');
    await startSearch(dialog);
  };
  button.addEventListener('click', open);
  addEventListener('keydown', (event) => {
    const isTyping = event.target.matches('input, textarea, select, [contenteditable]');
    const isShortcut = event.key === 'k' && (event.ctrlKey || event.metaKey);
    if (!isShortcut && (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey))
      return;
    event.preventDefault();
    void open();
  });
  dialog.addEventListener('keydown', (event) => {
    // In a search field, Escape would empty the field instead.
    if (event.key !== 'Escape') return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener('click', ({ target }) => {
    // A click outside the dialog closes it, and so does one on a result, which may be on this page.
    if (target === dialog || target.closest('a, .close') !== null) dialog.close();
  });
  button.hidden = false;
}

function addCopyButton(block) {
  if (navigator.clipboard === undefined) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.querySelector('code').textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2_000);
  });
  block.append(button);
}
