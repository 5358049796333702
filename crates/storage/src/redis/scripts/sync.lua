-- ARGV[3]: the version that the asker knows. ARGV[4]: how long ago the last tick must be, in microseconds, for the
-- asker to be given this one; -1 asks for none. ARGV[5]: the store's time as the asker knows it, in microseconds.
-- Gives the line in figures, and the news since that version, or false where they no longer reach back so far.
local minute = line .. ':minute'
while true do
  local oldest = redis.call('LINDEX', minute, 0)
  if not oldest then break end
  local at, count = struct.unpack('<i8I4', oldest)
  if now - at <= 60000000 then break end
  redis.call('LPOP', minute)
  redis.call('HINCRBY', line, 'lately', -count)
end
local is_yours, every = 0, tonumber(ARGV[4])
if every >= 0 and now - tonumber(redis.call('HGET', line, 'ticked_at')) >= every then
  is_yours = 1
  if ARGV[1] == '0' then
    -- Whatever delays the asker makes the store's time look earlier, never later: so up at once, and down slowly.
    local time = redis.call('TIME')
    local seen = tonumber(ARGV[5]) - (time[1] * 1000000 + time[2])
    local skew = math.max(seen, tonumber(known[4]) - 1000)
    redis.call('HSET', line, 'ticked_at', now, 'skew', skew)
  else
    redis.call('HSET', line, 'ticked_at', now)
  end
end
local fields = redis.call('HMGET', line, 'tick', 'version', 'capacity', 'rate', 'paused', 'calls', 'joins', 'lately')
local figures = { now, is_yours, tail, reserved, head }
for index = 1, 8 do figures[index + 5] = tonumber(fields[index]) end
local behind = tonumber(fields[2]) - tonumber(ARGV[3])
if behind < 0 or behind > redis.call('LLEN', news) then
  figures[14] = false
elseif behind == 0 then
  figures[14] = ''
else
  figures[14] = table.concat(redis.call('LRANGE', news, -behind, -1))
end
return figures
