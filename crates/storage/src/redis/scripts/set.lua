-- ARGV[3]: numbers reserved up to here, 0 leaves them. ARGV[4] to ARGV[6]: capacity, rate and paused, or -1.
if tonumber(ARGV[3]) > reserved then redis.call('HSET', line, 'reserved', ARGV[3]) end
for index, name in ipairs({ 'capacity', 'rate', 'paused' }) do
  if ARGV[index + 3] ~= '-1' then redis.call('HSET', line, name, ARGV[index + 3]) end
end
return 1
