-- ARGV[3]: which chunk of the draw's numbers. ARGV[4]: the place of each, 4 bytes. They are written before
-- the opening, by every instance that knows of it: all of them write the same.
if is_opened then return 0 end
redis.call('SET', line .. ':places:' .. ARGV[3], ARGV[4])
return 1
