-- ARGV[3] on: passes as the store has them, each a number, the time at which it runs out or -1 if it has
-- ended, and a user.
for index = 3, #ARGV do
  local number, until_at, user = struct.unpack('<I4i8c16', ARGV[index])
  if number < 1 or number > tail then
    -- Of an epoch that this one knows nothing about.
  elseif until_at < 0 then
    finish(number, user)
  elseif not is_ended(number) and tonumber(redis.call('ZSCORE', inside, number) or 0) ~= until_at then
    redis.call('ZREM', called, number)
    redis.call('ZADD', inside, until_at, number)
    redis.call('HSET', insiders, number, user)
    stop_waiting(number)
    update('i', number, until_at, user)
    local other = number_of(user)
    if other and other ~= number and not is_ended(other) then
      keep_one(user, number, other)
    else
      redis.call('HSET', users(user), user, number)
    end
  end
end
return 1
