--- Patches as git writes them: which files they change, and the text that comes out.
local M = {}

local ESCAPES = { n = '\n', t = '\t', r = '\r', ['"'] = '"', ['\\'] = '\\', a = '\a', b = '\b' }

--- A path of a header line, without its prefix; quoted where it holds odd bytes (git-diff(1)).
---@param written string
---@return string? path nil for /dev/null
local function path_in(written)
  local plain = written:gsub('\t$', '')
  local inner = plain:match('^"(.*)"$')
  if inner then
    plain = inner
      :gsub('\\(%d%d%d)', function(octal)
        return string.char(tonumber(octal, 8))
      end)
      :gsub('\\(.)', ESCAPES)
  end
  return plain ~= '/dev/null' and plain:gsub('^[ab]/', '', 1) or nil
end

---@class pointsman.Hunk
---@field at integer the first line that it takes out, from 1
---@field count integer how many it takes out
---@field lines string[] what it puts there

--- The hunks of each file, by its new path, or its old one where it is gone.
---@param patch string
---@return table<string, pointsman.Hunk[]>
function M.hunks(patch)
  local files = {}
  local old, hunks, left_old, left_new = nil, nil, 0, 0
  for line in vim.gsplit(patch, '\n', { plain = true }) do
    local first = line:sub(1, 1)
    if hunks and (left_old > 0 or left_new > 0) then
      local hunk = hunks[#hunks]
      if first == '+' or first == ' ' or line == '' then
        table.insert(hunk.lines, line:sub(2))
        left_new = left_new - 1
      end
      if first == '-' or first == ' ' or line == '' then
        left_old = left_old - 1
      end
    elseif line:find('^%-%-%- ') then
      old = path_in(line:sub(5))
    elseif line:find('^%+%+%+ ') then
      hunks = {}
      files[path_in(line:sub(5)) or old] = hunks
    else
      local from, count, _, new = line:match('^@@ %-(%d+),?(%d*) %+(%d+),?(%d*) @@')
      if from and hunks then
        left_old, left_new = tonumber(count) or 1, tonumber(new) or 1
        local at = tonumber(from) + (left_old == 0 and 1 or 0)
        table.insert(hunks, { at = at, count = left_old, lines = {} })
      elseif line:find('^diff ') then
        hunks = nil
      end
    end
  end
  return files
end

--- The lines after the hunks.
---@param base string[]
---@param hunks pointsman.Hunk[]
---@return string[]
function M.apply(base, hunks)
  local result, next_line = {}, 1
  for _, hunk in ipairs(hunks) do
    vim.list_extend(result, base, next_line, hunk.at - 1)
    vim.list_extend(result, hunk.lines)
    next_line = hunk.at + hunk.count
  end
  return vim.list_extend(result, base, next_line)
end

return M
