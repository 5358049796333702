-- ARGV[3]: numbers, 4 bytes each. Returns the due of each, 4 bytes: for walks over a draw, whose places lie
-- scattered.
local dues = {}
for position = 1, #ARGV[3], 4 do
  dues[#dues + 1] = struct.pack('<I4', due_of((struct.unpack('<I4', ARGV[3], position))))
end
return table.concat(dues)
