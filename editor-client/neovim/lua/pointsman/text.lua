--- The wire's words as a person reads them. What agents and files say is hostile: it is shown, and
--- never becomes a line break, a code of the status line or a turn of the writing direction.
local M = {}

M.GLYPHS = {
  PENDING = '·',
  READY = '○',
  ASSIGNED = '◐',
  RUNNING = '●',
  NEEDS_ATTENTION = '◆',
  BLOCKED = '■',
  COMPLETED = '✓',
  FAILED = '✗',
  CANCELLED = '−',
}

--- Highlight groups, by status.
M.GROUPS = {
  PENDING = 'PointsmanPending',
  READY = 'PointsmanReady',
  ASSIGNED = 'PointsmanRunning',
  RUNNING = 'PointsmanRunning',
  NEEDS_ATTENTION = 'PointsmanWaits',
  BLOCKED = 'PointsmanBlocked',
  COMPLETED = 'PointsmanLanded',
  FAILED = 'PointsmanFailed',
  CANCELLED = 'PointsmanEnded',
}

local WORDS = { NEEDS_ATTENTION = 'waits for you', COMPLETED = 'landed' }
local PHASES =
  { IMPLEMENT = 'at work', REBASE = 'rebasing', VERIFY = 'verifying', LAND = 'landing' }

local ASKS = {
  QUESTION = 'asks',
  PERMISSION = 'asks for permission',
  CONFLICT = 'needs a verdict',
  LANDING_CONFLICT = 'does not merge',
  CHECKS_FAILED = 'fails its checks',
  AGENT_FAILED = "can't go on",
  DEPENDENCY_GONE = 'lost what it depends on',
  BUDGET = 'used up its budget',
  BASE_DIRTY = "can't land: base is in use",
  SANDBOX_DENIED = 'was denied something',
  CIRCUIT_OPEN = 'stopped starting agents',
}

M.ENDED = { COMPLETED = true, FAILED = true, CANCELLED = true }

local TURNS = {} -- U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069: marks of direction
for _, code in ipairs({ 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E }) do
  TURNS[#TURNS + 1] = vim.fn.nr2char(code)
end
for code = 0x2066, 0x2069 do
  TURNS[#TURNS + 1] = vim.fn.nr2char(code)
end

--- Without marks of direction and controls, but for line breaks and tabs.
---@param text any
---@return string
function M.clean(text)
  local cleaned = tostring(text or ''):gsub('\r\n?', '\n'):gsub('[%z\1-\8\11-\31\127]', '�')
  if cleaned:find('\226\128', 1, true) or cleaned:find('\226\129', 1, true) then
    for _, turn in ipairs(TURNS) do
      cleaned = cleaned:gsub(turn, '�')
    end
    cleaned = cleaned:gsub('\226\128[\168\169]', '\n')
  end
  return cleaned
end

---@param text any
---@return string
function M.one_line(text)
  return vim.trim((M.clean(text):gsub('%s+', ' ')))
end

---@param text any
---@return string[]
function M.lines(text)
  return vim.split(M.clean(text), '\n', { plain = true })
end

--- At most `cells` wide, with an ellipsis where something was cut.
---@param text string
---@param cells integer
function M.fit(text, cells)
  if vim.fn.strdisplaywidth(text) <= cells then
    return text
  end
  local low, high = 0, vim.fn.strchars(text)
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if vim.fn.strdisplaywidth(vim.fn.strcharpart(text, 0, middle)) < cells then
      low = middle
    else
      high = middle - 1
    end
  end
  return vim.fn.strcharpart(text, 0, low) .. '…'
end

--- Filled with blanks to `cells`.
function M.pad(text, cells)
  return text .. (' '):rep(cells - vim.fn.strdisplaywidth(text))
end

--- What a unit is at, in a word or two.
---@param unit table WorkUnit
function M.state(unit)
  if unit.status == 'RUNNING' then
    return PHASES[unit.phase or 'IMPLEMENT'] or unit.phase:lower()
  end
  return WORDS[unit.status] or unit.status:lower()
end

--- `board-delays asks`: whose item it is and what it wants.
---@param item table AttentionItem
function M.asks(item)
  return ('%s %s'):format(M.one_line(item.chunk or 'Pointsman'), ASKS[item.reason] or item.reason)
end

--- `a ⇄ b`.
---@param conflict table
function M.pair(conflict)
  return ('%s ⇄ %s'):format(M.one_line(conflict.a), M.one_line(conflict.b))
end

--- What has been said of a conflict, in a few words.
---@param conflict table
function M.verdict(conflict)
  if conflict.verdict == 'ASK_OPERATOR' then
    return ('your verdict? %d %% would collide'):format(
      math.floor(conflict.probability * 100 + 0.5)
    )
  elseif conflict.verdict == 'INDEPENDENT' then
    return 'independent'
  elseif conflict.first then
    return ('%s first'):format(M.one_line(conflict.first))
  end
  return 'one after the other'
end

--- What a conflict is about: the first overlap, and how many there are.
---@param conflict table
function M.about(conflict)
  local first = conflict.overlaps[1]
  if not first then
    return M.one_line(conflict.why)
  end
  local place = first.path .. (first.symbol and '#' .. first.symbol or '')
  local more = #conflict.overlaps - 1
  return M.one_line(place) .. (more > 0 and (' and %d more'):format(more) or '')
end

--- In a status line or a bar above a window, where `%` begins a code.
---@param words any
function M.bar(words)
  return (M.one_line(words):gsub('%%', '%%%%'))
end

--- Unix time of a time of the wire (ISO 8601, UTC), whole seconds.
---@param at string
---@return integer
function M.moment(at)
  local year, month, day, hour, minute, second = at:match('(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)')
  if not year then
    return 0
  end
  local y, m = tonumber(year), tonumber(month)
  if m <= 2 then -- days from civil, http://howardhinnant.github.io/date_algorithms.html
    y, m = y - 1, m + 12
  end
  local era_days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
  local days = era_days + math.floor((153 * (m - 3) + 2) / 5) + tonumber(day) - 1 - 719468
  return days * 86400 + hour * 3600 + minute * 60 + second
end

--- Seconds since then.
---@param at string
function M.age(at)
  return os.time() - M.moment(at)
end

--- The time of day there and then, here.
---@param at string
function M.clock(at)
  return os.date('%H:%M:%S', M.moment(at)) --[[@as string]]
end

--- `4s`, `3m`, `2h`, `5d`.
---@param seconds number
function M.span(seconds)
  local whole = math.max(math.floor(seconds), 0)
  for _, unit in ipairs({ { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 } }) do
    if whole >= unit[2] then
      return math.floor(whole / unit[2]) .. unit[1]
    end
  end
  return whole .. 's'
end

---@param number integer
---@param one string
---@param many string?
function M.count(number, one, many)
  return ('%d %s'):format(number, number == 1 and one or many or one .. 's')
end

return M
