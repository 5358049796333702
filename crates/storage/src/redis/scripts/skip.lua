-- ARGV[3] on: numbers whose calls have lapsed and for which the store has no pass.
for index = 3, #ARGV do
  local number = tonumber(ARGV[index])
  local stands = redis.call('ZSCORE', called, number)
  if stands and tonumber(stands) <= now then
    redis.call('ZREM', called, number)
    update('s', number)
  end
end
return 1
