-- ARGV[3] on: users. Returns the live number of each, 0 for none. Changes nothing.
local numbers = {}
for index = 3, #ARGV do
  local number = number_of(ARGV[index])
  if number and is_ended(number) then number = nil end
  numbers[#numbers + 1] = number or 0
end
return numbers
