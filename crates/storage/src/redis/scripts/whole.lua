-- Everything that a mirror holds but the dues: for a new mirror, or one that has missed updates.
return {
  redis.call('HGET', line, 'version'),
  redis.call('ZRANGE', called, 0, -1, 'WITHSCORES'),
  redis.call('ZRANGE', inside, 0, -1, 'WITHSCORES'),
  redis.call('HGETALL', insiders),
  redis.call('HGETALL', lates),
  redis.call('GET', ended) or ''
}
