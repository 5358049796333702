-- ARGV[2]: numbers reserved up to here, 0 leaves them. ARGV[3] to ARGV[5]: capacity, rate and paused, or -1.
if tonumber(ARGV[2]) > reserved then redis.call('HSET', line, 'reserved', ARGV[2]) end
for index, name in ipairs({ 'capacity', 'rate', 'paused' }) do
  if ARGV[index + 2] ~= '-1' then redis.call('HSET', line, name, ARGV[index + 2]) end
end
return 1
