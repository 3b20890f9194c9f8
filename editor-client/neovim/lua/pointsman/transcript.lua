--- What an agent does, line by line, as it does it.
local M = {}

local session = require('pointsman.session')
local task = require('pointsman.task')
local text = require('pointsman.text')
local view = require('pointsman.view')

--- Progress of our own requests, by token: their lines come as such.
M.followers = {} ---@type table<any, fun(value: table)>

local KINDS = {
  prompt = { 'told', 'PointsmanDim' },
  message = { 'says', nil },
  thought = { 'thinks', 'PointsmanDim' },
  tool_call = { 'does', 'PointsmanRunning' },
  plan = { 'plans', 'PointsmanName' },
  question_asked = { 'asks', 'PointsmanWaits' },
  permission_asked = { 'asks', 'PointsmanWaits' },
  start_refused = { 'failed', 'PointsmanFailed' },
  session_lost = { 'lost', 'PointsmanFailed' },
}
local KIND_CELLS, HEAD_CELLS = 11, 20
local LONG = 6 -- lines of one entry, more of which are folded away
local count = 0

---@class pointsman.Transcript
---@field pool pointsman.Pool
---@field unit string
---@field buffer integer
---@field attempt integer the one that is shown
---@field last integer the number of the last line that is there
---@field empty boolean? whether nothing was said so far
---@field following boolean?
---@field cancel fun()? ends the request that follows
---@field seen string? `updatedAt` of the unit when following ended

--- What an entry says; nil for one that is of no use to a reader. Of a plan, which comes whole each
--- time, the step that it is at.
---@param line table TranscriptLine
---@return string?
local function words_of(line)
  local steps = line.kind == 'plan' and line.data and line.data.entries
  if steps then
    for n, step in ipairs(steps) do
      if step.status == 'in_progress' then
        return ('%s  (%d of %d)'):format(text.one_line(step.text), n, #steps)
      end
    end
    return nil
  elseif line.kind == 'usage' or (line.text == '' and line.kind == 'tool_call') then
    return nil
  end
  return vim.trim(line.text)
end

--- One entry as lines of segments.
---@param line table TranscriptLine
---@param words string
---@return pointsman.Segment[][]
local function drawn(line, words)
  local kind = KINDS[line.kind] or { line.kind:gsub('_', ' '), 'PointsmanDim' }
  local lines = {}
  for n, part in ipairs(text.lines(words)) do
    lines[n] = { { (' '):rep(HEAD_CELLS) }, { part, kind[2] } }
    if n == 1 then
      lines[n][1] = { text.clock(line.at) .. ' ', 'PointsmanDim' }
      table.insert(lines[n], 2, { text.pad(kind[1], KIND_CELLS), kind[2] })
    end
  end
  return lines
end

---@param shown pointsman.Transcript
---@param line table
local function add(shown, line)
  if line.n <= shown.last or not vim.api.nvim_buf_is_valid(shown.buffer) then
    return
  end
  shown.last = line.n
  local words = words_of(line)
  if not words then
    return
  end
  local before = vim.api.nvim_buf_line_count(shown.buffer)
  local from = shown.empty and 0 or before
  shown.empty = false
  local lines = drawn(line, words)
  local at_end = vim.tbl_filter(function(window)
    return vim.api.nvim_win_get_cursor(window)[1] >= before
  end, vim.fn.win_findbuf(shown.buffer))
  view.write(shown.buffer, lines, from)
  for _, window in ipairs(vim.fn.win_findbuf(shown.buffer)) do
    if #lines > LONG then
      vim.api.nvim_win_call(window, function()
        vim.cmd(('%d,%dfold'):format(from + 2, from + #lines))
      end)
    end
  end
  for _, window in ipairs(at_end) do -- who looks at the end goes on looking at it
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(shown.buffer), 0 })
  end
end

---@param shown pointsman.Transcript
---@param state string
local function label(shown, state)
  local unit = shown.pool:unit(shown.unit)
  local name = text.bar(unit and unit.chunk or shown.unit)
  local attempt = shown.attempt > 1 and ('attempt %d, '):format(shown.attempt) or ''
  local bar = ' %%#PointsmanName#%s%%*  %%#PointsmanDim#%s%s%%=zo unfold   q close '
  for _, window in ipairs(vim.fn.win_findbuf(shown.buffer)) do
    vim.wo[window].winbar = bar:format(name, attempt, state)
  end
end

--- The number of the newest attempt.
---@param shown pointsman.Transcript
local function newest(shown)
  local number = 1
  for _, attempt in ipairs(shown.pool:call('unit', { unit = shown.unit }).attempts) do
    number = math.max(number, attempt.n)
  end
  return number
end

--- Follow the newest attempt till its end. Only in a task.
---@param shown pointsman.Transcript
local function follow(shown)
  local unit = shown.pool:unit(shown.unit)
  shown.seen = unit and unit.updatedAt
  local attempt = newest(shown)
  if attempt ~= shown.attempt then
    shown.attempt, shown.last, shown.empty = attempt, 0, true
    view.write(shown.buffer, { { { ' It has said nothing so far.', 'PointsmanDim' } } })
  end
  count = count + 1
  local token = 'pointsman-transcript-' .. count
  M.followers[token] = function(value)
    local fine, line = pcall(vim.json.decode, value.message or '')
    if fine and type(line) == 'table' and line.n then
      add(shown, line)
    end
  end
  label(shown, 'as it comes')
  local problem, result = session.execute(shown.pool.root, {
    command = 'pointsman.log',
    arguments = { { unit = shown.unit, since = shown.last, follow = true } },
    workDoneToken = token,
  }, function(cancel)
    shown.cancel = cancel
  end)
  M.followers[token], shown.cancel = nil, nil
  if not vim.api.nvim_buf_is_valid(shown.buffer) then
    return
  end
  for _, line in ipairs(not problem and result.lines or {}) do
    add(shown, line)
  end
  label(shown, problem and 'cut off' or 'up to now')
end

--- Follow, unless it is being followed, from now on whenever the unit has moved.
---@param shown pointsman.Transcript
local function keep_following(shown)
  if shown.following then
    return
  end
  shown.following = true
  task.run(function()
    local fine, failure = pcall(follow, shown)
    shown.following = false
    if not fine and shown.pool.alive then
      error(failure, 0)
    end
  end)
end

--- Open the transcript of a unit. Only in a task.
---@param pool pointsman.Pool
---@param unit table WorkUnit
---@param how string an Ex command prefix
function M.open(pool, unit, how)
  local name = ('%s/transcript'):format(unit.id)
  local buffer, made = view.buffer(name, pool.root, 'pointsman-transcript')
  local window = view.show(buffer, how)
  vim.bo[buffer].formatlistpat = ([[^\d\+:\d\+:\d\+ .\{%d}]]):format(KIND_CELLS)
  local options = {
    wrap = true,
    linebreak = true,
    breakindent = true,
    breakindentopt = 'list:-1',
    foldmethod = 'manual',
    foldtext = [[repeat(' ', 20) .. '… ' .. (v:foldend - v:foldstart + 1) .. ' lines more']],
  }
  for option, value in pairs(options) do
    vim.api.nvim_set_option_value(option, value, { win = window, scope = 'local' })
  end
  if not made then
    return
  end
  local shown = { pool = pool, unit = unit.id, buffer = buffer, attempt = 0, last = 0 }
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true })
  local changes = vim.api.nvim_create_autocmd('User', {
    pattern = 'PointsmanChanged',
    callback = function(event)
      local now = event.data.root == pool.root and pool.alive and pool:unit(unit.id)
      if now and now.updatedAt ~= shown.seen then
        keep_following(shown)
      elseif event.data.root == pool.root and not pool.alive then
        shown.seen = nil -- go on when there is a session again
      end
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    callback = function()
      vim.api.nvim_del_autocmd(changes)
      if shown.cancel then
        shown.cancel()
      end
    end,
  })
  keep_following(shown)
end

return M
