-- ARGV[3]: the last allocated number, 0 leaves it. ARGV[4] to ARGV[6]: capacity, rate and paused, -1 leaves
-- them.
if tonumber(ARGV[3]) > allocated then redis.call('HSET', line, 'allocated', ARGV[3]) end
for index, name in ipairs({ 'capacity', 'rate', 'paused' }) do
  if ARGV[index + 3] ~= '-1' then redis.call('HSET', line, name, ARGV[index + 3]) end
end
return 1
