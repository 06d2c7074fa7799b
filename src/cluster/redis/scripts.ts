import { KEPT_ENTRIES } from '../engine/protocol.js';

/**
 * The beginning of every script. KEYS are the register and the log; ARGV[1] is the protocol,
 * ARGV[2] the name of a new epoch.
 */
const LOOK = `
if redis.replicate_commands then redis.replicate_commands() end
local register, log = KEYS[1], KEYS[2]
local function field(name) return redis.call('HGET', register, name) end
local function fields() return redis.call('HGETALL', register) end
local function has_hosts()
  for _, name in ipairs(redis.call('HKEYS', register)) do
    if name:sub(1, 5) == 'host:' then return true end
  end
end
local info = redis.call('INFO', 'server') .. redis.call('INFO', 'replication')
local run, replication = info:match('run_id:(%x+)'), info:match('master_replid:(%x+)')
if not run or not replication then
  return redis.error_reply('ERR INFO does not tell run_id and master_replid')
end
local era, protocol = run .. replication, field('protocol')
local now = info:match('server_time_usec:(%d+)%d%d%d') or '0'
if protocol and protocol ~= ARGV[1] and has_hosts() then
  return redis.error_reply('OTHERCLUSTER ' .. protocol)
end
`;

/**
 * An epoch ends when the server is a different one, or has become the primary again: it may have lost what it had
 * acknowledged. Register and log then hold an earlier state of both, because Redis replicates and saves each script as
 * a whole. If the register has no `last`, it is new or was evicted, and the log is of no use. The write that Redis
 * refuses when its memory is full comes first: after one write, Redis lets a script do the others.
 */
const ENTER = `${LOOK}
if protocol ~= ARGV[1] or field('era') ~= era then
  local last = field('last')
  redis.call('HSET', register, 'protocol', ARGV[1], 'era', era, 'previous', field('epoch') or '',
    'epoch', ARGV[2], 'base', last or '0', 'last', last or '0')
  if not last then redis.call('DEL', log) end
  redis.call('HDEL', register, 'settled')
end
local epoch, last = field('epoch'), tonumber(field('last'))
`;

const APPEND = `
for index = 4, #ARGV do
  last = last + 1
  redis.call('XADD', log, 'MAXLEN', '~', '${KEPT_ENTRIES}', string.format('%d-0', last), 'entry', ARGV[index])
end
redis.call('HSET', register, 'last', string.format('%d', last))
redis.call('PUBLISH', ARGV[3], string.format('%d', last))
return { epoch, last }`;

const READ = `
return { epoch, last, redis.call('XRANGE', log, '(' .. ARGV[3] .. '-0', '+', 'COUNT', ARGV[4]) }`;

const STATE = `
return fields()`;

/** For people: writes nothing, and begins no epoch. */
const SURVEY = `
if not protocol then return {} end
local is_current = protocol == ARGV[1] and field('era') == era
return { is_current and '1' or '0', now, fields() }`;

/** A row is `beat cursor servesFrom time name`. The time is the server's; no host bases a decision on it. */
const TELL = `
if epoch == ARGV[4] then
  local row = field('host:' .. ARGV[3])
  local from = row and row:match('^%d+ %d+ (%d+) ') or string.format('%d', last)
  local beat = redis.call('HINCRBY', register, 'beats', 1)
  redis.call('HSET', register, 'host:' .. ARGV[3],
    string.format('%d %s %s %s %s', beat, ARGV[5], from, now, ARGV[6]))
end
return fields()`;

const DROP = `
local row = field('host:' .. ARGV[3])
if row and (ARGV[4] == '' or (epoch == ARGV[4] and row:match('^%d+') == ARGV[5])) then
  redis.call('HDEL', register, 'host:' .. ARGV[3])
end
return fields()`;

const SETTLE = `
if epoch == ARGV[3] then redis.call('HSET', register, 'settled', '1') end
return fields()`;

export const scripts = {
  append: ENTER + APPEND,
  read: ENTER + READ,
  state: ENTER + STATE,
  survey: LOOK + SURVEY,
  tell: ENTER + TELL,
  drop: ENTER + DROP,
  settle: ENTER + SETTLE,
};
