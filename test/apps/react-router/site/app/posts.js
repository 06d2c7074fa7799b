/** The data of the site: the server changes it, and deletes the pages. */
globalThis.posts ??= new Map([
  ['first', { title: 'First', edits: 0 }],
  ['second', { title: 'Second', edits: 0 }],
]);

export const posts = globalThis.posts;
