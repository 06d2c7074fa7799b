/** The pictures of the protocol in docs/guide/how-it-works.md. */

export const storedSequence = {
  title: 'A page is stored: the first visitor is answered by the app, the second by nginx from the file',
  who: ['visitor', 'nginx', 'app', 'ledger', 'disk'],
  steps: [
    ['visitor', 'nginx', 'GET /posts/1'],
    ['nginx', 'app', 'there is no file'],
    ['app', 'ledger', 'where does the log end?'],
    ['ledger', 'app', 'at 7: your lease'],
    ['app', 'The app renders, and reads post 1.'],
    ['app', 'visitor', 'the page'],
    ['app', 'disk', 'temporary files: page, .gz, .br'],
    ['app', 'ledger', 'record: /posts/1 has post:1'],
    ['app', 'ledger', 'place: nothing after 7?'],
    ['ledger', 'disk', 'rename'],
    ['visitor', 'nginx', 'GET /posts/1'],
    ['nginx', 'disk', 'there is a file'],
    ['nginx', 'visitor', 'the page: a hit'],
  ],
};

export const raceSequence = {
  title: 'A slow render meets a save: the render began before the deletion, so its page is not stored',
  who: ['visitor', 'slow render', 'ledger', 'database', 'author'],
  steps: [
    ['visitor', 'slow render', 'GET /posts/1'],
    ['slow render', 'ledger', 'lease: the log ends at 7'],
    ['slow render', 'database', 'reads the old title'],
    ['author', 'database', 'commits a new title'],
    ['author', 'ledger', 'delete post:1: entry 8'],
    ['ledger', 'The file is removed, if there is one.'],
    ['ledger', 'author', 'done: saved'],
    ['slow render', 'visitor', 'the page, with the old title'],
    ['slow render', 'ledger', 'place: nothing after 7?'],
    ['ledger', 'slow render', 'entry 8: not stored'],
  ],
};

export const killedSequence = {
  title: 'A process is killed between a commit and its deletion: another process deletes the pages',
  who: ['process A', 'ledger', 'database', 'process B'],
  steps: [
    ['process A', 'ledger', 'intent: post:1'],
    ['process A', 'database', 'commit'],
    ['process A', 'kill -9'],
    ['process B', 'ledger', 'an intent that nobody settles?'],
    ['ledger', 'process B', 'post:1'],
    ['process B', 'ledger', 'delete post:1'],
  ],
};
