-- ARGV[3]: the last number that the caller knows to have been given out. ARGV[4]: until when those up to it
-- count as present that nobody has vouched for yet.
if is_over then return 1 end
local last, due = tonumber(ARGV[3]), tonumber(ARGV[4])
local first = tonumber(redis.call('HGET', line, 'vouched')) + 1
if last > tail then last = tail end
-- Behind the draw, places are numbers.
for number = head < drawn and first or math.max(first, head + 1), last do
  local waits = is_ahead(number) and due_of(number) == 0 and not is_ended(number) and not redis.call('ZSCORE', inside, number)
  if waits then set_due(number, due) end
end
if last >= first then redis.call('HSET', line, 'vouched', last) end
return 1
