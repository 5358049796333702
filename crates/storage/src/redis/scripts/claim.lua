-- ARGV[3] on: numbers. A call that stands is kept open while the store writes the pass. Returns when each
-- lapses, 0 for none. Once the line is over no call stands.
local untils = {}
for index = 3, #ARGV do
  local number = tonumber(ARGV[index])
  local stands = tonumber(redis.call('ZSCORE', called, number) or 0)
  local until_at = 0
  if stands > now and not is_over then
    until_at = math.max(stands, now + CLAIM)
    if until_at > stands then
      redis.call('ZADD', called, until_at, number)
      update('c', number, until_at)
    end
  end
  untils[#untils + 1] = until_at
end
return untils
