-- ARGV[3] on: signs of life, each a number, a due and a user. They register the users again after a rebuild.
for index = 3, #ARGV do
  local number, due, user = struct.unpack('<I4I4c16', ARGV[index])
  local runs_out = redis.call('ZSCORE', inside, number)
  local is_over = runs_out and tonumber(runs_out) <= now
  if number >= 1 and number <= tail and not is_over and not is_ended(number) then
    local other = number_of(user)
    local stays = true
    if not other or is_ended(other) then
      redis.call('HSET', users(user), user, number)
    elseif other ~= number then
      if weighs_more(number, other) then
        settle(user, number, other)
      else
        settle(user, other, number)
        stays = not is_ended(number)
      end
    end
    if stays then note_due(number, due) end
  end
end
return 1
