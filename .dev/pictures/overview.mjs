/** The first picture of the README. */
export const overview = {
  title:
    'A request is answered by nginx from a file. Without a file, the app renders the page and stores it. A save deletes the pages that it changes.',
  steps: {
    visitor: { at: [0, 0], says: 'visitor' },
    nginx: { at: [1, 0], says: 'nginx' },
    files: { at: [2, 0], says: 'pages, as files', kind: 'end' },
    app: { at: [1, 1], says: 'Express renders the page' },
    hook: { at: [3, 0], says: 'quickDelete(post)', kind: 'ours' },
    author: { at: [3, 1], says: 'an author saves a post' },
  },
  ways: [
    ['visitor', 'nginx', 'GET'],
    ['nginx', 'files', 'hit'],
    ['nginx', 'app', 'miss'],
    ['app', 'files', 'stored'],
    ['author', 'hook'],
    ['hook', 'files', 'deletes'],
  ],
};
