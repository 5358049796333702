-- Opens the line, which the store has committed. ARGV[3]: the last number of the draw, whose places are
-- written; 0 by arrival. A line that has opened stays as it is.
if is_opened then return 0 end
local last = tonumber(ARGV[3])
redis.call('HSET', line, 'opened', 1, 'drawn', last)
-- Everybody in the draw has a number, whether or not this line gave it out.
if tail < last then redis.call('HSET', line, 'tail', last) end
if allocated < last then redis.call('HSET', line, 'allocated', last) end
redis.call('HINCRBY', line, 'tick', 1)
update('o', 0, last)
return 1
