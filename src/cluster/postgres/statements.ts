import { KEPT_ENTRIES } from '../engine/protocol.js';

/**
 * The tables of all sites of a schema. Texts are stored as bytes, which every encoding of a database accepts. The
 * OID of the first table is a part of the epoch: tables that were restored from a copy are different tables, and
 * may be of an earlier day.
 */
export const TABLES = `
create table if not exists staticgenerator_bus (
  name text primary key, protocol text not null, era text not null, epoch text not null, previous text not null,
  base bigint not null, last bigint not null, settled boolean not null, beats bigint not null
) with (fillfactor = 50);
create table if not exists staticgenerator_bus_host (
  name text not null, host bytea not null, beat bigint not null, reached bigint not null,
  serves_from bigint not null, label bytea not null, told timestamptz not null, primary key (name, host)
) with (fillfactor = 50);
create table if not exists staticgenerator_bus_log (
  name text not null, place bigint not null, entry bytea not null, primary key (name, place)
);`;

/** Takes a lock: two processes that create the tables at the same time would disturb each other. */
export const CREATE_TABLES = `
select pg_advisory_xact_lock(hashtext('staticgenerator_bus'));${TABLES}`;

/**
 * Changes whenever the engine may have lost what it had acknowledged: another server, a restored copy, a replica
 * that took over, a restart (the data may be those of an earlier day), tables that were created again. The
 * second part fails on a replica.
 */
const ERA = `(select concat_ws('/',
  (select system_identifier from pg_control_system()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8),
  extract(epoch from pg_postmaster_start_time()),
  'staticgenerator_bus'::regclass::oid::text))`;

/** The values that each statement needs. None has a character that needs quoting: see {@link plain}. */
export interface Said {
  readonly name: string;
  readonly protocol: string;
  /** The name of a new epoch, if one begins. */
  readonly newEpoch: string;
}

/**
 * Puts statements into one text, which is one transaction. Each statement sees what other transactions committed before
 * this one got the lock of the site's row. The commit waits for the disk, even if the server is set not to.
 */
function locked({ name, protocol, newEpoch }: Said, ...statements: readonly string[]): string {
  const [site, own, epoch] = [plain(name), plain(protocol), plain(newEpoch)];
  return [
    'set transaction isolation level read committed',
    "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') in ('off', 'local')",
    `insert into staticgenerator_bus values (${site}, '', '', '', '', 0, 0, false, 0) on conflict do nothing`,
    `select 1 from staticgenerator_bus where name = ${site} for update`,
    `update staticgenerator_bus set protocol = ${own}, era = ${ERA}, epoch = ${epoch}, previous = epoch,
      base = last, settled = false
      where name = ${site} and (protocol, era) is distinct from (${own}, ${ERA})
      and (protocol = ${own} or not exists (select from staticgenerator_bus_host where name = ${site}))`,
    `delete from staticgenerator_bus_log log using staticgenerator_bus site
      where site.name = ${site} and log.name = site.name and log.place > site.last`,
    ...statements,
  ].join(';\n');
}

/** Selects the row of the site, if it has the protocol of this host, and the given epoch. */
function its({ name, protocol }: Said, epoch?: string): string {
  const inEpoch = epoch === undefined ? '' : ` and epoch = ${plain(epoch)}`;
  return `where name = ${plain(name)} and protocol = ${plain(protocol)}${inEpoch}`;
}

const columns = `protocol, epoch, previous, base::text, last::text, settled::text,
  (era = ${ERA})::text as current`;

/** Reads everything at one instant, and changes nothing. */
export function stateStatement(said: Said): string {
  return `select ${columns}, (select coalesce(json_agg(json_build_object('host', encode(host, 'hex'), 'beat', beat::text,
    'cursor', reached::text, 'servesFrom', serves_from::text, 'label', encode(label, 'hex'),
    'silent', round(extract(epoch from clock_timestamp() - told) * 1000)::text) order by host)::text, '[]')
    from staticgenerator_bus_host where name = ${plain(said.name)}) as hosts
    from staticgenerator_bus where name = ${plain(said.name)}`;
}

export const state = (said: Said): string => locked(said, stateStatement(said));

export function append(said: Said, texts: readonly string[], channel: string): string {
  const site = its(said);
  const entries = texts.map((text, index) => `(${index + 1}, ${bytes(text)})`).join(', ');
  return locked(
    said,
    `insert into staticgenerator_bus_log select name, last + given.nth, given.entry
      from (values ${entries}) as given (nth, entry), staticgenerator_bus ${site}`,
    `update staticgenerator_bus set last = last + ${texts.length} ${site}`,
    `delete from staticgenerator_bus_log log using staticgenerator_bus site
      where site.name = ${plain(said.name)} and log.name = site.name and log.place <= site.last - ${KEPT_ENTRIES}`,
    `select pg_notify(${plain(channel)}, last::text) from staticgenerator_bus ${site}`,
    stateStatement(said),
  );
}

/**
 * Reads entries at one instant, without a lock. A caller that finds that the epoch is over looks again with the lock.
 */
export function read(said: Said, after: number, limit: number): string {
  return `select ${columns}, (select coalesce(json_agg(entry order by place)::text, '[]') from (
    select place, json_build_array(place::text, encode(entry, 'hex')) as entry from staticgenerator_bus_log
    where name = ${plain(said.name)} and place > ${whole(after)} order by place limit ${whole(limit)}) as part) as entries
    from staticgenerator_bus where name = ${plain(said.name)}`;
}

export interface Told {
  readonly host: string;
  readonly label: string;
  readonly epoch: string;
  readonly cursor: number;
}

export function tell(said: Said, { host, label, epoch, cursor }: Told): string {
  const site = its(said, epoch);
  return locked(
    said,
    `update staticgenerator_bus set beats = beats + 1 ${site}`,
    `insert into staticgenerator_bus_host as known
      select name, ${bytes(host)}, beats, ${whole(cursor)}, last, ${bytes(label)}, clock_timestamp()
      from staticgenerator_bus ${site}
      on conflict (name, host) do update set beat = excluded.beat, reached = excluded.reached, label = excluded.label,
      told = excluded.told`,
    stateStatement(said),
  );
}

export function drop(
  said: Said,
  host: string,
  beat: { readonly epoch: string; readonly beat: number } | undefined,
): string {
  const still = beat === undefined ? '' : `and beat = ${whole(beat.beat)}`;
  return locked(
    said,
    `delete from staticgenerator_bus_host where name in (select name from staticgenerator_bus ${its(said, beat?.epoch)})
      and host = ${bytes(host)} ${still}`,
    stateStatement(said),
  );
}

export function settle(said: Said, epoch: string): string {
  return locked(
    said,
    `update staticgenerator_bus set settled = true ${its(said, epoch)}`,
    stateStatement(said),
  );
}

/** Quotes a text of the bus itself, which cannot contain a quote. */
function plain(text: string): string {
  if (!/^[\w.: -]*$/.test(text)) throw new Error(`Not a plain text: ${text}`);
  return `'${text}'`;
}

function bytes(text: string): string {
  return `decode('${Buffer.from(text).toString('hex')}', 'hex')`;
}

function whole(number: number): string {
  if (!Number.isSafeInteger(number)) throw new Error(`Not a whole number: ${number}`);
  return String(number);
}
