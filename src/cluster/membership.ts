import { hostname } from 'node:os';
import { join } from 'node:path';
import type { NumberedSelectors, SharedLog } from '../ledger/ledger.js';
import { FaultLog, type Logger } from '../log.js';
import { Attendance } from './attendance.js';
import type { Bus, Cluster, Survey } from './bus.js';
import { Delivery } from './delivery.js';
import { Receiver } from './receiver.js';
import { Register } from './register.js';
import { Term } from './term.js';
import { TermLinks } from './term-links.js';

export interface MembershipParts {
  readonly cluster: Cluster;
  readonly ledger: SharedLog;
  readonly logger: Logger;
  /** The folder in which nginx looks for the seconds in which this host serves. */
  readonly termFolder: string;
  readonly stateFolder: string;
}

const NOT_LEFT = 'this host could not report to the others that it leaves; they wait for its term to end';

/** This process among the hosts of the site. */
export class Membership {
  readonly term: Term;
  readonly delivery: Delivery;
  readonly #parts: MembershipParts;
  readonly #bus: Bus;
  readonly #register: Register;
  readonly #links: TermLinks;
  readonly #faults: FaultLog;
  #receiver: Receiver | undefined;
  #attendance: Attendance | undefined;

  constructor(parts: MembershipParts) {
    const { cluster, ledger, logger, termFolder } = parts;
    const { termMilliseconds } = cluster;
    this.#parts = parts;
    this.#faults = new FaultLog(logger);
    this.#bus = cluster.connect();
    this.#register = new Register(this.#bus, termMilliseconds);
    this.#links = new TermLinks(termFolder, termMilliseconds);
    this.term = new Term(termMilliseconds, (until) => this.#cover(until));
    this.delivery = new Delivery({ bus: this.#bus, register: this.#register, ledger });
  }

  /** Begins to serve with the others; `carryOut` deletes what they have made out of date. */
  join(carryOut: (received: NumberedSelectors) => Promise<void>): void {
    const { cluster, ledger, logger, stateFolder } = this.#parts;
    this.#attendance = new Attendance(join(stateFolder, 'attendance'));
    this.#receiver = new Receiver({
      ...{ bus: this.#bus, register: this.#register, term: this.term, faults: this.#faults },
      ...{ ledger, logger, carryOut, termMilliseconds: cluster.termMilliseconds, name: hostname() },
    });
    this.#receiver.start();
  }

  /** Returns what the bus knows of all hosts, for people. Rejects if the bus cannot be reached. */
  survey(): Promise<Survey | undefined> {
    return this.#bus.survey();
  }

  /**
   * Leaves. The last process of a host takes the host off the register, so that no other host waits for it. That
   * happens only when no process of the host serves any more or makes a link for nginx.
   */
  async close(): Promise<void> {
    this.delivery.close();
    this.term.end();
    await this.#receiver?.stop();
    const left = this.#attendance?.leave(async () => {
      this.#links.removeAll();
      await this.#bus.drop(this.#parts.ledger.standing().host);
    });
    await left?.catch((error) => this.#faults.report('leaving', error, {}, NOT_LEFT));
    await this.#bus.close();
  }

  #cover(until: number): void {
    try {
      this.#links.cover(until);
    } catch (error) {
      this.#faults.report(
        'term-links',
        error,
        {},
        'the link that lets nginx serve pages could not be made; the app answers instead',
      );
    }
  }
}
