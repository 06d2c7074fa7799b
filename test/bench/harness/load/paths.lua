-- For wrk: a path of its own for each request. Arguments: "count" and a pattern with two %d, a folder and a number,
-- or "file" and a file with a path a line, which are asked for one after the other.
local next_path

function init(arguments)
  local kind, value = arguments[1], arguments[2]
  local number = 0
  if kind == "count" then
    next_path = function()
      number = number + 1
      return string.format(value, math.floor(number / 256), number)
    end
  else
    local paths = {}
    for line in io.lines(value) do paths[#paths + 1] = line end
    next_path = function()
      number = number % #paths + 1
      return paths[number]
    end
  end
end

function request()
  return wrk.format("GET", next_path())
end
