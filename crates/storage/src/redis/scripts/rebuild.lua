-- Begins an epoch with the line that crates/line decided. KEYS[1]: its line. KEYS[2]: the line of the epoch
-- before, which is deleted. ARGV: the time that a test sets or 0, the store's time, tail, head (a place),
-- capacity, rate, paused, the last number that is present, its due, how many are inside, the ended numbers
-- as a bitmap, and the numbers up to the last present one that wait for nothing. Then the sale's revision,
-- from when on one may join, when the line is to open, from when on it is over (microseconds, 0 for no
-- bound), the lobby's last number or -1, whether the line has opened, and the last number of its draw, whose
-- places are written. Then those inside (number, until, user), and the times of the last minute's calls. Does
-- nothing if the epoch has begun.
local line = KEYS[1]
if redis.call('EXISTS', line) == 1 then return 0 end
redis.call('UNLINK', KEYS[2])
local tail, head, present, due = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[8]), tonumber(ARGV[9])
local skew = 0
if ARGV[1] == '0' then
  local time = redis.call('TIME')
  skew = tonumber(ARGV[2]) - (time[1] * 1000000 + time[2])
end
local fixed, drawn = tonumber(ARGV[17]), tonumber(ARGV[19])
-- While places of a draw are ahead, any of its numbers may be.
local dropped = head < drawn and 0 or math.floor((head + 1) / CHUNK)
for index = dropped, math.floor(present / CHUNK) do
  local count = math.min(CHUNK, present - index * CHUNK + 1)
  local dues = string.rep(struct.pack('<I4', due), count) .. string.rep('\0\0\0\0', CHUNK - count)
  redis.call('SET', line .. ':due:' .. index, dues)
end
local inside = tonumber(ARGV[10])
redis.call('SET', line .. ':ended', ARGV[11])
for position = 1, #ARGV[12], 4 do
  local number = struct.unpack('<I4', ARGV[12], position)
  redis.call('SETRANGE', line .. ':due:' .. math.floor(number / CHUNK), number % CHUNK * 4, '\0\0\0\0')
end
for index = 20, 19 + inside do
  local number, until_at, user = struct.unpack('<I4i8c16', ARGV[index])
  redis.call('ZADD', line .. ':inside', until_at, number)
  redis.call('HSET', line .. ':insiders', number, user)
  local high, low = string.byte(user, 15, 16)
  redis.call('HSET', line .. ':users:' .. (high * 256 + low) % USER_BUCKETS, user, number)
end
for index = 20 + inside, #ARGV do
  redis.call('RPUSH', line .. ':minute', struct.pack('<i8I4', tonumber(ARGV[index]), 1))
end
redis.call('HSET', line, 'tail', tail, 'allocated', tail, 'head', head, 'tick', 1, 'version', 0, 'ticked_at', 0,
  'skew', skew, 'capacity', ARGV[5], 'rate', ARGV[6], 'paused', ARGV[7], 'calls', 0, 'joins', 0,
  'lately', #ARGV - 19 - inside, 'dropped', dropped, 'vouched', present, 'revision', ARGV[13],
  'lobby_at', ARGV[14], 'opens_at', ARGV[15], 'closes_at', ARGV[16], 'fixed', fixed >= 0 and 1 or 0,
  'lobby', math.max(fixed, 0), 'opened', ARGV[18], 'drawn', drawn)
return 1
