-- Frees what a line that is over needs no more once nobody is inside: who waits, and in which order. Its
-- numbers are all ended. Returns 1 if it did.
if not is_over or redis.call('ZCARD', inside) + redis.call('ZCARD', called) > 0 then return 0 end
if redis.call('HGET', line, 'cleared') == '1' then return 0 end
redis.call('HSET', line, 'cleared', 1, 'drawn', 0)
redis.call('UNLINK', late, lates)
for chunk = 0, math.floor(tail / CHUNK) do
  redis.call('UNLINK', line .. ':due:' .. chunk, line .. ':places:' .. chunk)
end
for bucket = 0, USER_BUCKETS - 1 do redis.call('UNLINK', line .. ':users:' .. bucket) end
return 1
