-- ARGV[3]: the last number that the asker knows to have been given out. ARGV[4]: until when those up to it that nobody
-- else has vouched for count as present.
local last, due = tonumber(ARGV[3]), tonumber(ARGV[4])
local first = tonumber(redis.call('HGET', line, 'vouched')) + 1
if last > tail then last = tail end
for number = math.max(first, head + 1), last do
  if due_of(number) == 0 and not is_ended(number) then set_due(number, due) end
end
if last >= first then redis.call('HSET', line, 'vouched', last) end
return 1
