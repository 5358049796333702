-- Begins an epoch of the line. KEYS[1]: its line. KEYS[2]: the line of the epoch before, which ends. ARGV: the time that a
-- test dictates or 0, the store's time, tail, head, capacity, rate, paused, the due of everybody in (head, known], how
-- many are inside, the ended numbers as a bitmap, those of them beyond the head, and the last number known to have
-- been given out: what lies between it and the tail was only reserved, or its holder shows up. Then those inside
-- (number, until, user), and the times of the last minute's calls. Does nothing if the epoch has begun.
local line = KEYS[1]
if redis.call('EXISTS', line) == 1 then return 0 end
redis.call('UNLINK', KEYS[2])
local CHUNK = 65536
local tail, head, due = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[8])
local skew = 0
if ARGV[1] == '0' then
  local time = redis.call('TIME')
  skew = tonumber(ARGV[2]) - (time[1] * 1000000 + time[2])
end
local dropped = math.floor((head + 1) / CHUNK)
local vouched = math.min(tail, tonumber(ARGV[12]))
for index = dropped, math.floor(vouched / CHUNK) do
  local present = math.min(CHUNK, vouched - index * CHUNK + 1)
  local dues = string.rep(struct.pack('<I4', due), present) .. string.rep('\0\0\0\0', CHUNK - present)
  redis.call('SET', line .. ':due:' .. index, dues)
end
local function clear(number)
  if number > head then
    redis.call('SETRANGE', line .. ':due:' .. math.floor(number / CHUNK), number % CHUNK * 4, '\0\0\0\0')
  end
end
local inside = tonumber(ARGV[9])
redis.call('SET', line .. ':ended', ARGV[10])
for position = 1, #ARGV[11], 4 do clear((struct.unpack('<I4', ARGV[11], position))) end
for index = 13, 12 + inside do
  local number, until_at, user = struct.unpack('<I4i8c16', ARGV[index])
  redis.call('ZADD', line .. ':inside', until_at, number)
  redis.call('HSET', line .. ':insiders', number, user)
  local high, low = string.byte(user, 15, 16)
  redis.call('HSET', line .. ':users:' .. (high * 256 + low) % 4096, user, number)
  clear(number)
end
for index = 13 + inside, #ARGV do
  redis.call('RPUSH', line .. ':minute', struct.pack('<i8I4', tonumber(ARGV[index]), 1))
end
redis.call('HSET', line, 'tail', tail, 'reserved', tail, 'head', head, 'tick', 1, 'version', 0, 'ticked_at', 0,
  'skew', skew, 'capacity', ARGV[5], 'rate', ARGV[6], 'paused', ARGV[7], 'calls', 0, 'joins', 0,
  'lately', #ARGV - 12 - inside, 'dropped', dropped, 'vouched', vouched)
return 1
