import type { Mutant } from './mutants.js';

const DELIVERY = 'src/cluster/delivery.ts';
const REGISTER = 'src/cluster/register.ts';
const RECEIVER = 'src/cluster/receiver.ts';
const MEMBERSHIP = 'src/cluster/membership.ts';
const ATTENDANCE = 'src/cluster/attendance.ts';
const ENTRY = 'src/cluster/entry.ts';
const TERM = 'src/cluster/term.ts';
const LINKS = 'src/cluster/term-links.ts';
const REDIS = 'src/cluster/redis/scripts.ts';
const POSTGRES = 'src/cluster/postgres/statements.ts';
const SHARED_LOG = 'src/ledger/sqlite/shared/log.ts';
const STANDING = 'src/ledger/sqlite/shared/standing.ts';
const LOG = 'src/ledger/sqlite/log.ts';
const INVALIDATOR = 'src/change/invalidate.ts';
const UPKEEP = 'src/site/upkeep.ts';
const REQUESTS = 'src/site/requests.ts';
const LAYOUT = 'src/front/layout.ts';

const steps = 'test/cluster/steps.test.ts';
const hosts = 'test/cluster/hosts.test.ts';
const term = 'test/cluster/term.test.ts';
const shared = 'test/ledger/sqlite/shared.test.ts';
const redisBus = 'test/cluster/redis/bus.test.ts';
const postgresBus = 'test/cluster/postgres/bus.test.ts';
const withNginx = 'test/protocol/hosts.test.ts';

/** Mutants that lack one step of what several hosts do. */
export const hostMutants: readonly Mutant[] = [
  // A deletion.
  {
    name: 'hosts: what is deleted is not noted for the other hosts in the same transaction',
    edits: [
      {
        file: LOG,
        search: '      if (isForAllHosts(purpose)) noteUnsent(statements, selectors, sequences);\n',
        replace: '',
      },
    ],
    tests: [shared, steps],
  },
  {
    name: 'hosts: what a process has left unsent is not sent',
    edits: [{ file: UPKEEP, search: 'delivery.deliverLeft()', replace: 'Promise.resolve()' }],
    tests: [steps],
  },
  {
    name: 'hosts: the other hosts are not told of a deletion',
    edits: [
      {
        file: INVALIDATOR,
        search: '      const others = this.#tellOthers(entries, selectors);\n      removed.push',
        replace: '      const others = undefined;\n      removed.push',
      },
    ],
    tests: [hosts],
  },
  {
    name: 'hosts: the other hosts are not told of a regeneration',
    edits: [
      {
        file: INVALIDATOR,
        search: '      const others = this.#tellOthers(entries, selectors);\n      await this.#removeStrays',
        replace: '      const others = undefined;\n      await this.#removeStrays',
      },
    ],
    tests: [hosts],
  },
  {
    name: 'hosts: the other hosts are not told of a publication',
    edits: [
      {
        file: INVALIDATOR,
        search: '    if (isForAllHosts(purpose)) await this.#tellOthers(entries, selectors);\n',
        replace: '',
      },
    ],
    tests: [hosts],
  },
  {
    name: 'hosts: a deletion does not wait for the other hosts',
    edits: [
      {
        file: DELIVERY,
        search: 'if (await this.#isHeard(position, host, reached)) return;',
        replace: 'return;',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a deletion is done while the other hosts are being told',
    edits: [
      {
        file: INVALIDATOR,
        search: '      await others;\n      await onDisk;\n      return removed;',
        replace: '      await onDisk;\n      return removed;',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a host that has not come as far as the deletion counts as one that has heard of it',
    edits: [{ file: REGISTER, search: 'cursor >= last', replace: 'cursor >= last - 1' }],
    tests: [steps],
  },
  {
    name: 'hosts: a deletion resolves before the register is sure to have all hosts',
    edits: [{ file: REGISTER, search: ' || !state.settled) return false', replace: ') return false' }],
    tests: [steps],
  },
  {
    name: 'hosts: an epoch is settled before a term has passed',
    edits: [
      {
        file: REGISTER,
        search: '!current.settled && now - this.#epoch.since >= this.#termMilliseconds',
        replace: '!current.settled',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a deletion that the engine has lost counts as heard',
    edits: [
      {
        file: DELIVERY,
        search: 'if (state.epoch !== position.epoch) return false;',
        replace: 'if (state.epoch !== position.epoch) return true;',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a deletion that could not be told resolves',
    edits: [{ file: DELIVERY, search: 'throw unreachable(error);', replace: 'return;' }],
    tests: [hosts],
  },
  {
    name: 'hosts: a deletion leaves the outbox when it could not be told',
    edits: [
      {
        file: DELIVERY,
        search: '      await this.#send(selectors);\n      await this.#parts.ledger.sent(entries);',
        replace: '      await this.#parts.ledger.sent(entries);\n      await this.#send(selectors);',
      },
    ],
    tests: [steps, hosts],
  },
  {
    name: 'hosts: a host is given up before it has been silent for a term',
    edits: [
      {
        file: REGISTER,
        search: 'if (now - since >= this.#termMilliseconds)',
        replace: 'if (now - since >= 100)',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a host is given up a term after it was first seen, although it reports',
    edits: [
      {
        file: REGISTER,
        search: 'return seen?.beat === beat ? seen : { beat, since: now };',
        replace: 'return seen ?? { beat, since: now };',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a host that has reported meanwhile is given up (Redis)',
    edits: [
      {
        file: REDIS,
        search: "if row and (ARGV[4] == '' or (epoch == ARGV[4] and row:match('^%d+') == ARGV[5])) then",
        replace: 'if row then',
      },
    ],
    tests: [redisBus],
  },
  {
    name: 'hosts: a host that has reported meanwhile is given up (PostgreSQL)',
    edits: [
      {
        file: POSTGRES,
        search: 'const still = beat === undefined ?',
        replace: 'const still = true ?',
      },
    ],
    tests: [postgresBus],
  },
  {
    name: 'hosts: a host that reports just when another gives it up is taken off the register',
    edits: [
      {
        file: REGISTER,
        search: 'this.#bus.drop(host, { epoch: state.epoch, beat })',
        replace: 'this.#bus.drop(host)',
      },
    ],
    tests: [steps],
  },

  // Receiving a deletion.
  {
    name: 'hosts: a host reports before it has deleted',
    edits: [
      {
        file: RECEIVER,
        search: '    await carryOut(awaiting);\n',
        replace: '    void carryOut(awaiting).catch(() => {});\n',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: what could not be deleted is marked as carried out',
    edits: [
      {
        file: RECEIVER,
        search: '    await carryOut(awaiting);\n    await ledger.carriedOut(awaiting.entries);',
        replace: '    await ledger.carriedOut(awaiting.entries);\n    await carryOut(awaiting);',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: the cursor counts what has been read, and not what has been carried out',
    edits: [
      {
        file: STANDING,
        search: 'first === null ? received : Math.min(first - 1, received)',
        replace: 'received',
      },
    ],
    tests: [shared],
  },
  {
    name: 'hosts: what was received does not void renders that are under way',
    edits: [
      {
        file: SHARED_LOG,
        search: "appendEntries(statements, selectors, 'delete')",
        replace: "appendEntries(statements, selectors, 'intend')",
      },
    ],
    tests: [shared, steps],
  },
  {
    name: 'hosts: a host that cannot delete lets others wait for ever',
    edits: [{ file: RECEIVER, search: '      this.#assertKeepsUp(standing.applied);\n', replace: '' }],
    tests: [steps],
  },
  {
    name: 'hosts: entries of another epoch are taken',
    edits: [
      {
        file: SHARED_LOG,
        search: 'if (standing.epoch !== epoch || last === undefined) return;',
        replace: 'if (last === undefined) return;',
      },
    ],
    tests: [shared],
  },
  {
    name: 'hosts: a host that begins keeps its pages',
    edits: [
      {
        file: SHARED_LOG,
        search: "      append(opening, [{ selector: { kind: 'all' }, position }]);\n",
        replace: '',
      },
    ],
    tests: [shared, steps],
  },
  {
    name: 'hosts: a log that has been cut is read on',
    edits: [{ file: RECEIVER, search: '      if (isCut) await', replace: '      if (false) await' }],
    tests: [steps],
  },
  {
    name: 'hosts: a host that has not served all along goes on in another epoch',
    edits: [
      {
        file: RECEIVER,
        search: 'epoch === state.previous && term.holds())',
        replace: 'epoch === state.previous)',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: another epoch has all that the one before had',
    edits: [
      {
        file: SHARED_LOG,
        search: 'received: Math.min(standing.received, before.base)',
        replace: 'received: standing.received',
      },
    ],
    tests: [shared],
  },
  {
    name: 'hosts: what awaits being carried out keeps its place in another epoch',
    edits: [
      { file: SHARED_LOG, search: '      shared.lowerReceived.run({ base: before.base });\n', replace: '' },
    ],
    tests: [shared],
  },
  {
    name: 'hosts: an engine that was restarted has the same epoch (Redis)',
    edits: [
      {
        file: REDIS,
        search: "if protocol ~= ARGV[1] or field('era') ~= era then",
        replace: 'if protocol ~= ARGV[1] then',
      },
    ],
    tests: [redisBus],
  },
  {
    name: 'hosts: an engine that was restored has the same epoch (PostgreSQL)',
    edits: [
      {
        file: POSTGRES,
        search: '(protocol, era) is distinct from',
        replace: '(protocol, era) is not distinct from',
      },
    ],
    tests: [postgresBus],
  },
  {
    name: 'hosts: a host that has missed a whole epoch goes on',
    edits: [
      {
        file: RECEIVER,
        search: 'epoch !== undefined && epoch === state.previous && term.holds()',
        replace: 'epoch !== undefined && term.holds()',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: what a host of another epoch tells is noted (Redis)',
    edits: [{ file: REDIS, search: 'if epoch == ARGV[4] then', replace: 'if true then' }],
    tests: [redisBus],
  },
  {
    name: 'hosts: a host that comes back serves from where it has left (Redis)',
    edits: [
      {
        file: REDIS,
        search: "row:match('^%d+ %d+ (%d+) ') or string.format('%d', last)",
        replace: "row:match('^%d+ %d+ (%d+) ') or '0'",
      },
    ],
    tests: [redisBus],
  },
  {
    name: 'hosts: a host that comes back serves from where it has left (PostgreSQL)',
    edits: [{ file: POSTGRES, search: '(cursor)}, last, $', replace: '(cursor)}, 0, $' }],
    tests: [postgresBus],
  },
  {
    name: 'hosts: a register that was lost leaves its log (Redis)',
    edits: [{ file: REDIS, search: "if not last then redis.call('DEL', log) end", replace: '' }],
    tests: [redisBus],
  },
  {
    name: 'hosts: an entry that cannot be read is passed over',
    edits: [
      {
        file: ENTRY,
        search: "selector: { kind: 'all' } };",
        replace: "selector: { kind: 'tag', value: 'nothing' } };",
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a host that was given up serves again before it has carried out what came meanwhile',
    edits: [
      {
        file: RECEIVER,
        search:
          'const servesFrom = Math.max(this.#servesFrom ?? 0, state.hosts.get(host)?.servesFrom ?? state.last);',
        replace: 'const servesFrom = 0;',
      },
    ],
    tests: [steps],
  },

  // The term.
  {
    name: 'hosts: a term that ends while the bus cannot be reached is not logged',
    edits: [
      {
        file: RECEIVER,
        search: '          );\n        this.#tellOfTerm();\n',
        replace: '          );\n',
      },
    ],
    tests: [hosts],
  },
  {
    name: 'hosts: a term counts from the answer of the bus',
    edits: [{ file: RECEIVER, search: 'term.extend(sentAt);', replace: 'term.extend(performance.now());' }],
    tests: [steps],
  },
  {
    name: 'hosts: a term is as long as others wait',
    edits: [
      { file: TERM, search: 'return termMilliseconds * (1 - MARGIN);', replace: 'return termMilliseconds;' },
    ],
    tests: [term],
  },
  {
    name: 'hosts: Node serves pages without a term',
    edits: [
      {
        file: REQUESTS,
        search: 'membership && (() => membership.term.holds())',
        replace: 'membership && (() => true)',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: a machine that has slept, or whose clock was set, goes on with its term',
    edits: [
      {
        file: TERM,
        search: 'return now >= this.#wall.from && now < this.#wall.until;',
        replace: 'return now > 0;',
      },
    ],
    tests: [term],
  },
  {
    name: 'hosts: a term that was ended begins anew when an answer comes late',
    edits: [{ file: TERM, search: 'if (this.#isOver || until', replace: 'if (until' }],
    tests: [term],
  },
  {
    name: 'hosts: nginx finds pages in a second that the term covers in part',
    edits: [
      { file: LINKS, search: '(second + 1) * 1000 <= untilWall', replace: 'second * 1000 <= untilWall' },
    ],
    tests: [term],
  },
  {
    name: 'hosts: names that no term covers are left',
    edits: [{ file: LINKS, search: '!this.#mayStay(Number(name), now)', replace: 'false' }],
    tests: [term],
  },
  {
    name: 'hosts: a clock that was set leaves names of its other time',
    edits: [{ file: LINKS, search: 'Math.abs(clocks - this.#clocks) > CLOCK_SET_MS', replace: 'false' }],
    tests: [term],
  },
  {
    name: 'hosts: nginx finds pages whatever the second',
    edits: [
      { file: LAYOUT, search: 'cluster === undefined ? undefined : TERM_FOLDER', replace: 'undefined' },
    ],
    tests: [withNginx],
  },
  {
    name: 'hosts: a host that is closed leaves its names to nginx',
    edits: [{ file: MEMBERSHIP, search: '      this.#links.removeAll();\n', replace: '' }],
    tests: [withNginx],
  },
  {
    name: 'hosts: a host that is closed stays in the register',
    edits: [
      {
        file: MEMBERSHIP,
        search: '      await this.#bus.drop(this.#parts.ledger.standing().host);\n',
        replace: '',
      },
    ],
    tests: [steps],
  },
  {
    name: 'hosts: the first process to leave takes its host off the register',
    edits: [{ file: ATTENDANCE, search: 'if (this.#isLast()) await asLast();', replace: 'await asLast();' }],
    tests: [steps],
  },
];
