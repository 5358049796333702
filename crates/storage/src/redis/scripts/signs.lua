-- ARGV[3]: signs of life of people whom this epoch knows, each a number and a due. ARGV[4] on: signs of
-- others, each a number, a due and a user. They register the user, as after a rebuild.
local function is_given(number)
  if number < 1 or number > tail or is_ended(number) then return false end
  local runs_out = redis.call('ZSCORE', inside, number)
  if not runs_out then return not is_over end
  return tonumber(runs_out) > now
end

for position = 1, #ARGV[3], 8 do
  local number, due = struct.unpack('<I4I4', ARGV[3], position)
  if number >= 1 and number <= tail and is_ahead(number) then
    if not is_over and not is_ended(number) then set_due(number, due) end
  elseif is_given(number) then
    note_due(number, due)
  end
end
for index = 4, #ARGV do
  local number, due, user = struct.unpack('<I4I4c16', ARGV[index])
  if is_given(number) then
    local other = number_of(user)
    local stays = true
    if not other or is_ended(other) then
      redis.call('HSET', users(user), user, number)
    elseif other ~= number then
      if outranks(number, other) then
        keep_one(user, number, other)
      else
        keep_one(user, other, number)
        stays = not is_ended(number)
      end
    end
    if stays then note_due(number, due) end
  end
end
return 1
