import type { OwnFacts } from '../../cluster/overview/overview.js';
import type {
  EvictedFigure,
  LedgerReader,
  LogEntry,
  PurgeBacklog,
  RoomFigures,
  Statistics,
} from '../../ledger/ledger.js';
import { type OwnDocument, ownDocument, ownFacts } from './own-host.js';
import { timestamp } from './page-document.js';
import { type VisitsDocument, visitsDocument } from './visits.js';

/** Invalidations that are shown. */
const LAST = 10;
/** Entries of the log that are looked through for them: warming and exports leave others. */
const LOOKED_AT = 1000;

/** What a site is, as far as its figures depend on it. */
export interface FiguresOf {
  /** Where the names for nginx lie, of a site with several hosts; undefined: it has one. */
  readonly termFolder: string | undefined;
  readonly hasCdn: boolean;
}

/** The figures of a site. */
export interface Figures {
  readonly statistics: Statistics;
  readonly changes: readonly LogEntry[];
  /** Where a site has several. */
  readonly host: OwnFacts | undefined;
  /** Where a site has a CDN. */
  readonly cdn: PurgeBacklog | undefined;
}

/** Of a site that has stored nothing yet. */
export const NO_FIGURES: Figures = {
  statistics: {
    pages: 0,
    bytes: 0,
    servedByNode: 0,
    counters: {},
    storedByRule: new Map(),
    visits: undefined,
    room: undefined,
  },
  ...{ changes: [], host: undefined, cdn: undefined },
};

export interface RoomDocument extends Omit<RoomFigures, 'evicted'> {
  readonly evicted: readonly (Omit<EvictedFigure, 'at'> & { readonly at: string })[];
}

/** The figures as programs read them. */
export interface FiguresDocument extends Omit<Statistics, 'visits' | 'room' | 'storedByRule'> {
  /** Where hits of nginx are counted. */
  readonly visits?: VisitsDocument;
  /** Where pages have a bound. */
  readonly room?: RoomDocument;
  /** The last changes, newest first. */
  readonly invalidations: readonly object[];
  readonly host?: OwnDocument | null;
  readonly cdn?: { readonly waiting: number; readonly again: number; readonly oldest: string | null };
}

export function readFigures(
  reader: Pick<LedgerReader, 'log' | 'statistics' | 'sharedStanding' | 'backlog'>,
  { termFolder, hasCdn }: FiguresOf,
): Figures {
  const changes = reader.log(LOOKED_AT).filter(({ isChange }) => isChange);
  return {
    statistics: reader.statistics(),
    changes: changes.slice(0, LAST),
    host: termFolder === undefined ? undefined : ownFacts(reader, termFolder),
    cdn: hasCdn ? reader.backlog() : undefined,
  };
}

export function figuresDocument({ statistics, changes, host, cdn }: Figures): FiguresDocument {
  const { visits, room, storedByRule: _, ...counted } = statistics;
  return {
    ...counted,
    ...(visits === undefined ? {} : { visits: visitsDocument(visits) }),
    ...(room === undefined ? {} : { room: roomDocument(room) }),
    invalidations: changes.map(entryDocument),
    ...(host === undefined ? {} : { host: ownDocument(host) }),
    ...(cdn === undefined ? {} : { cdn: backlogDocument(cdn) }),
  };
}

function roomDocument({ evicted, ...use }: RoomFigures): RoomDocument {
  return { ...use, evicted: evicted.map(({ at, ...page }) => ({ ...page, at: timestamp(at) })) };
}

function entryDocument({ sequence, selector, applied, at }: LogEntry): object {
  return { sequence, ...selector, applied, at: timestamp(at) };
}

function backlogDocument({ oldestAt, ...counts }: PurgeBacklog): NonNullable<FiguresDocument['cdn']> {
  return { ...counts, oldest: oldestAt === undefined ? null : timestamp(oldestAt) };
}
