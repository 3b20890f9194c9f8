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
local COUNT = 0

---@class pointsman.Transcript
---@field pool pointsman.Pool
---@field unit string
---@field buffer integer
---@field attempt integer the one that is shown
---@field last integer the number of the last line that is there
---@field request integer?
---@field client vim.lsp.Client?

--- One line of the transcript as lines of segments.
---@param line table TranscriptLine
local function drawn(line)
  local kind = KINDS[line.kind] or { line.kind:gsub('_', ' '), 'PointsmanDim' }
  local at = line.at:match('T(%d+:%d+:%d+)') or ''
  local lines = {}
  for n, words in ipairs(text.lines(vim.trim(line.text))) do
    lines[n] = n == 1
        and { { at .. ' ', 'PointsmanDim' }, { text.pad(kind[1], 8), kind[2] }, { words, kind[2] } }
      or { { (' '):rep(17) }, { words, kind[2] } }
  end
  return lines
end

---@param shown pointsman.Transcript
---@param line table
local function add(shown, line)
  if line.n <= shown.last or not vim.api.nvim_buf_is_valid(shown.buffer) then
    return
  end
  local first = shown.last == 0
  shown.last = line.n
  local before = vim.api.nvim_buf_line_count(shown.buffer)
  view.write(shown.buffer, drawn(line), first and 0 or before)
  for _, window in ipairs(vim.fn.win_findbuf(shown.buffer)) do
    if vim.api.nvim_win_get_cursor(window)[1] >= before then -- at the end: stay there
      vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(shown.buffer), 0 })
    end
  end
end

---@param shown pointsman.Transcript
---@param state string
local function label(shown, state)
  local unit = shown.pool:unit(shown.unit)
  local name = text.one_line(unit and unit.chunk or shown.unit):gsub('%%', '%%%%')
  for _, window in ipairs(vim.fn.win_findbuf(shown.buffer)) do
    vim.wo[window].winbar = (' %%#PointsmanName#%s%%*  %%#PointsmanDim#attempt %d, %s%%=q close '):format(
      name,
      shown.attempt,
      state
    )
  end
end

--- Follow the newest attempt till its end. Only in a task.
---@param shown pointsman.Transcript
local function follow(shown)
  local client = session.ensure(shown.pool.root)
  COUNT = COUNT + 1
  local token = 'pointsman-transcript-' .. COUNT
  M.followers[token] = function(value)
    local fine, line = pcall(vim.json.decode, value.message or '')
    if fine and type(line) == 'table' and line.n then
      add(shown, line)
    end
  end
  local unit = shown.pool:unit(shown.unit)
  local attempt = unit and unit.attempts or 1
  if attempt ~= shown.attempt then
    shown.attempt, shown.last = attempt, 0
    view.write(shown.buffer, { { { 'Nothing yet.', 'PointsmanDim' } } })
  end
  label(shown, 'as it comes')
  local problem, result = task.await(function(done)
    shown.client = client
    _, shown.request = client:request('workspace/executeCommand', {
      command = 'pointsman.log',
      arguments = { { unit = shown.unit, since = shown.last, follow = true } },
      workDoneToken = token,
    }, function(problem, result)
      done(problem, result)
    end)
  end)
  M.followers[token], shown.request = nil, nil
  if not vim.api.nvim_buf_is_valid(shown.buffer) then
    return
  end
  for _, line in ipairs(not problem and result.lines or {}) do
    add(shown, line)
  end
  label(shown, problem and 'no longer followed' or 'at its end')
end

--- Open the transcript of a unit. Only in a task.
---@param pool pointsman.Pool
---@param unit table WorkUnit
---@param how string an Ex command prefix
function M.open(pool, unit, how)
  local buffer, made = view.buffer(('%s/transcript'):format(unit.id), pool.root, 'pointsman-transcript')
  local window = view.show(buffer, how)
  vim.wo[window].wrap, vim.wo[window].linebreak = true, true
  vim.wo[window].breakindent, vim.wo[window].breakindentopt = true, 'shift:17'
  if not made then
    return
  end
  local shown = { pool = pool, unit = unit.id, buffer = buffer, attempt = 0, last = 0 }
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buffer, nowait = true })
  local changes = vim.api.nvim_create_autocmd('User', {
    pattern = 'PointsmanChanged',
    callback = function(event)
      local now = event.data.root == pool.root and pool.alive and pool:unit(unit.id)
      -- Another attempt, or the session came back: go on.
      if now and not shown.request and (now.attempts ~= shown.attempt or shown.cut) then
        shown.cut = false
        shown.request = -1
        task.run(function()
          follow(shown)
        end)
      elseif not pool.alive then
        shown.cut = true
        shown.request = nil
      end
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    callback = function()
      vim.api.nvim_del_autocmd(changes)
      if shown.request and shown.request > 0 and shown.client then
        shown.client:cancel_request(shown.request)
      end
    end,
  })
  shown.request = -1
  follow(shown)
end

return M
