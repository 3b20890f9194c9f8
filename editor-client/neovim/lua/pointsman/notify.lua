--- Messages. Unasked ones come at any time, so they must never stop who types: Neovim's own message
--- line asks for Enter when a message, or two at once, need more room than there is.
local M = {}

local text = require('pointsman.text')

local plain = vim.notify
local GATHER = 60 -- milliseconds in which messages become one
local gathered ---@type {words: string, level: integer}[]?

--- What fits on the message line, from all that was gathered: the gravest, and how many more.
---@param messages {words: string, level: integer}[]
---@return string words
---@return integer level
local function together(messages)
  local first = messages[1]
  for _, message in ipairs(messages) do
    if message.level > first.level then
      first = message
    end
  end
  local more = #messages > 1 and (' (+%d, see :Pointsman)'):format(#messages - 1) or ''
  local room = vim.v.echospace - vim.fn.strdisplaywidth(more)
  return text.fit(text.one_line(first.words), math.max(room, 20)) .. more, first.level
end

---@param words string
---@param level integer
local function show(words, level)
  if vim.notify ~= plain then -- somebody else's notifications have room for all of it
    vim.notify(text.clean(words), level, { title = 'Pointsman' })
    return
  end
  if gathered then
    table.insert(gathered, { words = words, level = level })
    return
  end
  gathered = { { words = words, level = level } }
  vim.defer_fn(function()
    local all = gathered
    gathered = nil
    vim.notify(together(all --[[@as table]]))
  end, GATHER)
end

--- Something that nobody asked for just now.
---@param words string
---@param level integer?
function M.tell(words, level)
  vim.schedule(function()
    show(words, level or vim.log.levels.INFO)
  end)
end

--- The outcome of what the operator has just done.
M.said = M.tell

---@param failure pointsman.Failure
function M.failed(failure)
  local words = vim.trim(('%s %s'):format(failure.message, failure.remedy or ''))
  M.tell(words, vim.log.levels.ERROR)
end

return M
