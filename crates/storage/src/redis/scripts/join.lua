-- ARGV[3] on: users. Returns the last number before these joins, and then the number of each user: 0 if
-- none is allocated, and a negative one if that number's pass seems to have run out, which only the store
-- knows for certain. Before the lobby it returns only -1, and once the line is over only -2.
if is_over then return { -2 } end
if not is_opened and now < tonumber(redis.call('HGET', line, 'lobby_at') or 0) then return { -1 } end
local due = math.ceil((now + (is_opened and CALL or LOBBY_SLACK)) / 1000000)
local first = tail
local numbers = { first }
for index = 3, #ARGV do
  local user = ARGV[index]
  local number = number_of(user)
  if number and is_ended(number) then number = nil end
  if number then
    local runs_out = redis.call('ZSCORE', inside, number)
    if runs_out and tonumber(runs_out) <= now then
      number = -number
    else
      local promised = is_ahead(number) and due_of(number) or tonumber(redis.call('HGET', lates, number) or 0)
      note_due(number, math.max(due, promised))
    end
  elseif tail < allocated then
    tail = tail + 1
    number = tail
    redis.call('HSET', users(user), user, number)
    local key = due_place(number)
    if redis.call('STRLEN', key) == 0 then
      -- The whole length at once: grown step by step it would take up to twice the memory.
      redis.call('SETRANGE', key, CHUNK * 4 - 1, '\0')
    end
    set_due(number, due)
  else
    number = 0
  end
  numbers[#numbers + 1] = number
end
if tail > first then
  redis.call('HSET', line, 'tail', tail)
  redis.call('HINCRBY', line, 'joins', tail - first)
end
return numbers
