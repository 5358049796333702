-- ARGV[3]: the version that the caller knows. ARGV[4]: how old the last tick must be, in microseconds, for
-- the caller to get this one; -1 asks for none. ARGV[5]: the store's time as the caller knows it, in
-- microseconds. Returns the line's status, and the updates since that version, or false if they no longer
-- reach back that far.
local minute = line .. ':minute'
while true do
  local oldest = redis.call('LINDEX', minute, 0)
  if not oldest then break end
  local at, count = struct.unpack('<i8I4', oldest)
  if now - at <= RATE_WINDOW then break end
  redis.call('LPOP', minute)
  redis.call('HINCRBY', line, 'lately', -count)
end
local is_yours, every = 0, tonumber(ARGV[4])
if every >= 0 and now - tonumber(redis.call('HGET', line, 'ticked_at')) >= every then
  is_yours = 1
  if ARGV[1] == '0' then
    -- A delay makes the store's time look earlier, never later. So the skew rises at once, and falls slowly.
    local time = redis.call('TIME')
    local seen = tonumber(ARGV[5]) - (time[1] * 1000000 + time[2])
    local skew = math.max(seen, tonumber(known[4]) - SKEW_FALL_MAX)
    redis.call('HSET', line, 'ticked_at', now, 'skew', skew)
  else
    redis.call('HSET', line, 'ticked_at', now)
  end
end
local fields = redis.call('HMGET', line, 'tick', 'version', 'capacity', 'rate', 'paused', 'calls', 'joins', 'lately',
  'revision')
local status = { now, is_yours, tail, allocated, head }
for index = 1, 8 do status[index + 5] = tonumber(fields[index]) end
status[14], status[15] = tonumber(fields[9]) or 0, is_opened and 1 or 0
local behind = tonumber(fields[2]) - tonumber(ARGV[3])
if behind < 0 or behind > redis.call('LLEN', updates) then
  status[16] = false
elseif behind == 0 then
  status[16] = ''
else
  status[16] = table.concat(redis.call('LRANGE', updates, -behind, -1))
end
return status
