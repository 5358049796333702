-- ARGV[3]: 1 fixes the lobby's last number, once it is time to open; 0 lets the lobby go on. Returns that
-- number, or -1 if the line is not due to open. Those who join after it was fixed come behind.
local fields = redis.call('HMGET', line, 'opens_at', 'fixed', 'lobby')
if is_opened or is_over then return -1 end
if ARGV[3] == '0' then
  redis.call('HSET', line, 'fixed', 0)
  return -1
end
if now < (tonumber(fields[1]) or 0) then return -1 end
if fields[2] == '1' then return tonumber(fields[3]) end
redis.call('HSET', line, 'fixed', 1, 'lobby', tail)
return tail
