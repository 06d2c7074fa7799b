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

/** How many invalidations are shown. */
const LAST = 10;
/** How many entries of the log are searched for them: warming and exports add other entries. */
const LOOKED_AT = 1000;

/** What the figures of a site depend on. */
export interface FiguresOf {
  /** The folder of the names that nginx looks for, with several hosts; `undefined` with one host. */
  readonly termFolder: string | undefined;
  readonly hasCdn: boolean;
}

/** The figures of a site. */
export interface Figures {
  readonly statistics: Statistics;
  readonly changes: readonly LogEntry[];
  /** Only with several hosts. */
  readonly host: OwnFacts | undefined;
  /** Only with a CDN. */
  readonly cdn: PurgeBacklog | undefined;
}

/** The figures of a site that has stored nothing yet. */
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

/** The figures, for programs. */
export interface FiguresDocument extends Omit<Statistics, 'visits' | 'room' | 'storedByRule'> {
  /** Only if hits of nginx are counted. */
  readonly visits?: VisitsDocument;
  /** Only if the space for pages is limited. */
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
