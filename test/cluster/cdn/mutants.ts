import type { Mutant } from '../../protocol/mutants.js';

const STATEMENTS = 'src/ledger/sqlite/purges/statements.ts';
const OUTBOX = 'src/ledger/sqlite/purges/outbox.ts';
const REMOVALS = 'src/ledger/sqlite/removals.ts';
const CONNECTION = 'src/ledger/sqlite/file/connection.ts';
const PURGER = 'src/cluster/cdn/purger.ts';
const PACE = 'src/cluster/cdn/pace.ts';
const SERVE = 'src/request/serve.ts';
const COPIES = 'src/request/response/cdn-copies.ts';

const ledger = 'test/ledger/sqlite/purges.test.ts';
const pace = 'test/cluster/cdn/pace.test.ts';
const purger = 'test/cluster/cdn/purger.test.ts';
const headers = 'test/cluster/cdn/headers.test.ts';
const hosts = 'test/cluster/cdn/hosts.test.ts';

/** Mutants of the code that purges at a CDN: each lacks one of its steps. */
export const cdnMutants: readonly Mutant[] = [
  {
    name: 'a purge is noted after the removal instead of with it',
    edits: [
      {
        file: STATEMENTS,
        search: 'for (const [name, when] of TRIGGERS)',
        replace: 'for (const [name, when] of [] as [string, string][])',
      },
      { file: REMOVALS, search: 'notePurges(statements, purgesNamedBy(selector));', replace: '' },
      { file: PURGER, search: 'if (this.#parts.termMs > 0) await', replace: 'await' },
    ],
    tests: [ledger],
  },
  {
    name: 'a page that was replaced is not purged',
    edits: [
      {
        file: STATEMENTS,
        search: "(old.hash <> new.hash OR old.headers IS NOT new.headers)',",
        replace: "false',",
      },
    ],
    tests: [ledger],
  },
  {
    name: 'nothing is purged for a second time',
    edits: [
      { file: PURGER, search: 'return cdn.purgeAgainMs === 0 ?', replace: 'return cdn.purgeAgainMs >= 0 ?' },
    ],
    tests: [purger],
  },
  {
    name: 'a call has more URLs than the service takes',
    edits: [{ file: PURGER, search: 'urls.slice(from, from + urlsPerCall)', replace: 'urls.slice(from)' }],
    tests: [purger],
  },
  {
    name: 'what was noted while it was sent counts as sent',
    edits: [
      {
        file: STATEMENTS,
        search: 'sequence = excluded.sequence, due = 0, claimed = 0`;',
        replace: 'due = 0, claimed = 0`;',
      },
    ],
    tests: [ledger],
  },
  {
    name: 'what a render has sent, and the ledger does not know yet, is not purged with a tag',
    edits: [{ file: REMOVALS, search: 'notePassing(statements, [selector]);', replace: '' }],
    tests: [headers],
  },
  {
    name: 'a response whose body was refused stays at the CDN',
    edits: [{ file: COPIES, search: '(isWrong && begun !== undefined)', replace: 'false' }],
    tests: [headers],
  },
  {
    name: 'a response gets the header though it could not be noted',
    edits: [
      {
        file: COPIES,
        search: 'return this.#begun === undefined ? NONE : headers;',
        replace: 'return headers;',
      },
    ],
    tests: [headers],
  },
  {
    name: 'a page for some visitors gets the header by which a CDN gives it to all',
    edits: [{ file: COPIES, search: 'if (!this.#isForAll) return NONE;', replace: '' }],
    tests: [headers],
  },
  {
    name: 'Node answers with that header for a page for some visitors',
    edits: [
      {
        file: SERVE,
        search: 'if (audience === undefined) return headers;',
        replace: 'if (audience !== null) return headers;',
      },
    ],
    tests: [headers],
  },
  {
    name: 'the claims of a process that has died outlive the start of the next',
    edits: [
      {
        file: PURGER,
        search: 'this.#begun = this.#parts.outbox.releaseAll()',
        replace: 'this.#begun = Promise.resolve()',
      },
    ],
    tests: [purger],
  },
  {
    name: 'a CDN is asked again before the time that it has said',
    edits: [{ file: PACE, search: 'Math.max(own, askedMs ?? 0)', replace: 'own' }],
    tests: [pace],
  },
  {
    name: 'an outbox of any length is sent page by page',
    edits: [
      {
        file: OUTBOX,
        search: 'if (Number(purges.waiting.get()) > maxWaiting)',
        replace: 'if (maxWaiting < 0)',
      },
    ],
    tests: [ledger],
  },
  {
    name: 'a CDN keeps what it got from a ledger that is lost',
    edits: [
      {
        file: CONNECTION,
        search: "if (!knowsPurges || !complete) notePurges(statements, [{ kind: 'all' }]);",
        replace: '',
      },
    ],
    tests: [ledger],
  },
  {
    name: 'quickDelete does not wait for the CDN',
    edits: [
      { file: PURGER, search: 'if (cdn.waitMs === 0) return this.wake();', replace: 'return this.wake();' },
    ],
    tests: [purger],
  },
  {
    name: 'with several hosts, the CDN is told before the slowest of them has deleted its page, and not again',
    edits: [
      {
        file: PURGER,
        search: 'if (this.#parts.termMs > 0) await this.#parts.outbox.note(purges);',
        replace: '',
      },
      { file: PURGER, search: 'Math.max(cdn.purgeAgainMs, termMs)', replace: 'cdn.purgeAgainMs' },
    ],
    tests: [hosts],
  },
];
