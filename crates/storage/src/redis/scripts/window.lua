-- ARGV[3]: the revision of the sale. ARGV[4] to ARGV[6]: from when on one may join, when the line is to
-- open, from when on it is over, each in microseconds, 0 for no bound. ARGV[7]: the lobby's last number as
-- the store has fixed it, -1 if it has not. An older revision changes nothing.
local fields = redis.call('HMGET', line, 'revision', 'opens_at')
if tonumber(ARGV[3]) <= (tonumber(fields[1]) or 0) then return 0 end
redis.call('HSET', line, 'revision', ARGV[3], 'lobby_at', ARGV[4], 'opens_at', ARGV[5], 'closes_at', ARGV[6])
if tonumber(ARGV[7]) >= 0 then
  redis.call('HSET', line, 'fixed', 1, 'lobby', ARGV[7])
elseif tonumber(ARGV[5]) > (tonumber(fields[2]) or 0) and not is_opened then
  -- It opens later than it was to: those who join meanwhile belong to the lobby.
  redis.call('HSET', line, 'fixed', 0)
end
return 1
