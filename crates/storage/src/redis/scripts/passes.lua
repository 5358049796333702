-- ARGV[3] on: passes as the store has them, each a number, the time at which it runs out or -1 if it has
-- ended, a user, and the time at which it ran out when the store was asked: 0 if it was not inside, -1 for
-- a pass that a commit has just written. What has changed since the store was asked stays as it is: its
-- answer may be from before that change.
for index = 3, #ARGV do
  local number, until_at, user, asked_at = struct.unpack('<I4i8c16i8', ARGV[index])
  local known = tonumber(redis.call('ZSCORE', inside, number) or 0)
  if number < 1 or number > tail then
    -- Of an epoch that this one knows nothing about.
  elseif until_at < 0 then
    finish(number, user)
  elseif not is_ended(number) and known ~= until_at and (asked_at < 0 or asked_at == known) then
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
