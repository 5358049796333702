-- ARGV[3]: the tick that the decision was based on. ARGV[4]: the new head, a place. ARGV[5]: how many are
-- called. ARGV[6] on: those called, each a number and when the call lapses; then late numbers that are absent
-- again, each a number and its due. Returns 1, or 0 if the line has moved since, there is no room, or nobody
-- may be called: then nothing is changed.
if not is_opened or is_over then return 0 end
local fields = redis.call('HMGET', line, 'tick', 'capacity', 'dropped')
local count = tonumber(ARGV[5])
local taken = redis.call('ZCARD', inside) + redis.call('ZCARD', called)
if fields[1] ~= ARGV[3] or (count > 0 and taken + count > tonumber(fields[2])) then return 0 end
redis.call('HINCRBY', line, 'tick', 1)
local made = 0
for index = 6, 5 + count do
  local number, until_at = struct.unpack('<I4i8', ARGV[index])
  if not is_ended(number) then
    redis.call('ZADD', called, until_at, number)
    if redis.call('ZREM', late, number) == 1 then redis.call('HDEL', lates, number) end
    update('c', number, until_at)
    made = made + 1
  end
end
for index = 6 + count, #ARGV do
  local number, due = struct.unpack('<I4i8', ARGV[index])
  if tonumber(redis.call('HGET', lates, number) or -1) == due then
    redis.call('ZREM', late, number)
    redis.call('HDEL', lates, number)
    update('g', number)
  end
end
if made > 0 then
  redis.call('RPUSH', line .. ':minute', struct.pack('<i8I4', now, made))
  redis.call('HINCRBY', line, 'lately', made)
  redis.call('HINCRBY', line, 'calls', made)
end
local new_head = math.max(head, tonumber(ARGV[4]))
-- Dues go by number. While places of a draw are ahead, any of its numbers may be.
local first_kept = new_head < drawn and 0 or math.floor((new_head + 1) / CHUNK)
for chunk = tonumber(fields[3]), first_kept - 1 do redis.call('UNLINK', line .. ':due:' .. chunk) end
redis.call('HSET', line, 'head', new_head, 'dropped', math.max(first_kept, tonumber(fields[3])))
return 1
