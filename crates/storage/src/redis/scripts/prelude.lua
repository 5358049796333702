-- Comes before every script but rebuild. KEYS[1] is the line of one epoch; every other key begins with it and
-- so shares its hash tag. ARGV[1] is the time in microseconds that a test sets. If it is 0, Redis' own clock
-- counts, shifted to show the store's time. ARGV[2] is the last number that the caller knows: a line with
-- fewer is an old copy.
local line = KEYS[1]
local known = redis.call('HMGET', line, 'tail', 'allocated', 'head', 'skew', 'closes_at', 'opened', 'drawn')
if not known[1] then return redis.error_reply('GONE no such line') end
local tail, allocated, head = tonumber(known[1]), tonumber(known[2]), tonumber(known[3])
if tail < tonumber(ARGV[2]) then return redis.error_reply('STALE an older copy of the line') end
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2] + tonumber(known[4])
end
-- A line of before there were openings has none of these fields: it is sent them once it is found.
local closes_at, is_opened = tonumber(known[5]) or 0, known[6] == '1'
local is_over = closes_at > 0 and now >= closes_at
-- The last number of the draw; 0 by arrival, and before the opening.
local drawn = is_opened and tonumber(known[7]) or 0
local called, inside, insiders = line .. ':called', line .. ':inside', line .. ':insiders'
local late, lates, ended, updates = line .. ':late', line .. ':lates', line .. ':ended', line .. ':updates'

local NOBODY = string.rep('\0', 16)

-- Leaves an update for the mirrors: kind, number, a time or due, and a user.
local function update(kind, number, value, user)
  local length = redis.call('RPUSH', updates, struct.pack('<c1I4i8c16', kind, number, value or 0, user or NOBODY))
  redis.call('HINCRBY', line, 'version', 1)
  if length >= 2 * UPDATES_KEPT then redis.call('LTRIM', updates, -UPDATES_KEPT, -1) end
end

-- The hash that a user is in.
local function users(user)
  local high, low = string.byte(user, 15, 16)
  return line .. ':users:' .. (high * 256 + low) % USER_BUCKETS
end

local function number_of(user)
  return tonumber(redis.call('HGET', users(user), user))
end

-- Where a number comes. Numbers above the draw are their own places.
local function place_of(number)
  if number > drawn then return number end
  local key, offset = line .. ':places:' .. math.floor(number / CHUNK), number % CHUNK * 4
  local bytes = redis.call('GETRANGE', key, offset, offset + 3)
  if #bytes < 4 then error({ err = 'STALE the places of a draw are missing' }) end
  return (struct.unpack('<I4', bytes))
end

-- Whether a number has not been considered for a call. The head is a place.
local function is_ahead(number)
  if drawn == 0 then return number > head end
  return place_of(number) > head
end

local function due_place(number)
  return line .. ':due:' .. math.floor(number / CHUNK), number % CHUNK * 4
end

local function set_due(number, due)
  local key, offset = due_place(number)
  redis.call('SETRANGE', key, offset, struct.pack('<I4', due))
end

local function due_of(number)
  local key, offset = due_place(number)
  local bytes = redis.call('GETRANGE', key, offset, offset + 3)
  return #bytes == 4 and struct.unpack('<I4', bytes) or 0
end

local function is_ended(number)
  return redis.call('GETBIT', ended, number) == 1
end

local function stop_waiting(number)
  if redis.call('ZREM', late, number) == 1 then redis.call('HDEL', lates, number) end
  if is_ahead(number) and due_of(number) ~= 0 then set_due(number, 0) end
end

-- Ends a number for ever.
local function finish(number, user)
  if is_ended(number) then return end
  redis.call('SETBIT', ended, number, 1)
  redis.call('ZREM', called, number)
  if redis.call('ZREM', inside, number) == 1 then redis.call('HDEL', insiders, number) end
  stop_waiting(number)
  if number_of(user) == number then redis.call('HDEL', users(user), user) end
  update('e', number)
end

-- Inside outranks called, called outranks waiting; of two equals the lower number wins.
local function outranks(one, other)
  local function rank(number)
    if redis.call('ZSCORE', inside, number) then return 0 end
    if redis.call('ZSCORE', called, number) then return 1 end
    return 2
  end
  local first, second = rank(one), rank(other)
  return first < second or (first == second and one < other), second
end

-- Makes `kept` the user's number and ends `other`, unless that has a slot: then the store or the clock ends
-- it.
local function keep_one(user, kept, other)
  redis.call('HSET', users(user), user, kept)
  local _, rank = outranks(kept, other)
  if rank == 2 then finish(other, user) end
end

-- The newest promise counts. A skipped number becomes late; a call stays open until the promise.
local function note_due(number, due)
  if redis.call('ZSCORE', inside, number) then return end
  local stands = redis.call('ZSCORE', called, number)
  if stands then
    if due * 1000000 > tonumber(stands) then
      redis.call('ZADD', called, due * 1000000, number)
      update('c', number, due * 1000000)
    end
  elseif is_ahead(number) then
    set_due(number, due)
  else
    redis.call('ZADD', late, number, number)
    redis.call('HSET', lates, number, due)
    update('l', number, due)
  end
end
