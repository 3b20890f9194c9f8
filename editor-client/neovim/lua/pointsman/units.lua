--- The list of units: what waits for you, who runs, who is in whose way. Live.
local M = {}

local config = require('pointsman.config')
local text = require('pointsman.text')
local view = require('pointsman.view')

---@alias pointsman.Meant {unit: table?, item: table?, conflict: table?} what a line is about

--- By buffer, and by the line's number from 1.
local about = {} ---@type table<integer, table<integer, pointsman.Meant>>

--- Words beside a unit: why it stands still, or what it last said.
---@param pool pointsman.Pool
---@param unit table
local function remark(pool, unit)
  if unit.status == 'BLOCKED' and #unit.blockedBy > 0 then
    return 'waits for ' .. text.one_line(table.concat(unit.blockedBy, ', ')), 'PointsmanBlocked'
  elseif unit.status == 'NEEDS_ATTENTION' and unit.attention then
    if unit.attention.reason == 'CONFLICT' then
      return 'needs your verdict, above', 'PointsmanWaits'
    end
    return text.one_line(unit.attention.text), 'PointsmanWaits'
  elseif unit.status == 'COMPLETED' and unit.landedCommit then
    return unit.landedCommit:sub(1, 7), 'PointsmanDim'
  elseif text.ENDED[unit.status] then
    return text.one_line(unit.note or ''), 'PointsmanDim'
  end
  return pool.progress[unit.id] or '', 'PointsmanDim'
end

---@param pool pointsman.Pool
---@return pointsman.Segment[]
local function heading(pool)
  local daemon = pool.daemon
  if not daemon then
    return { { ' …', 'PointsmanDim' } }
  end
  local line = {
    { ' ' .. text.one_line(vim.fs.basename(pool.root)), 'PointsmanTitle' },
    { ' → ' .. text.one_line(daemon.base), 'PointsmanDim' },
  }
  local function say(words, group)
    table.insert(line, { '  ' })
    table.insert(line, { words, group })
  end
  if not pool.alive then
    say('not connected', 'PointsmanFailed')
  end
  if daemon.paused then
    say('PAUSED', 'PointsmanWaits')
  end
  if daemon.sandbox == 'none' then
    say('NO SANDBOX', 'PointsmanFailed')
  end
  if #(daemon.network or {}) > 0 then
    say('network open to ' .. text.one_line(table.concat(daemon.network, ', ')), 'PointsmanFailed')
  end
  table.insert(line, { '   ? keys', 'PointsmanDim' })
  return line
end

--- All lines, and what each is about.
---@param pool pointsman.Pool
local function drawn(pool)
  local lines, means = { heading(pool) }, {}
  local width = 12
  for _, unit in ipairs(pool.units) do
    width = math.min(math.max(width, vim.fn.strdisplaywidth(unit.chunk)), 32)
  end
  local function title(words)
    table.insert(lines, {})
    table.insert(lines, { { ' ' .. words, 'PointsmanTitle' } })
  end
  local function row(unit)
    local group = text.GROUPS[unit.status]
    local words, colour = remark(pool, unit)
    table.insert(lines, {
      { ' ' .. (text.GLYPHS[unit.status] or ' ') .. ' ', group },
      { text.pad(text.fit(text.one_line(unit.chunk), width), width + 2), 'PointsmanName' },
      { text.pad(text.state(unit), 15), group },
      { text.pad(text.span(text.age(unit.updatedAt)), 6), 'PointsmanDim' },
      { words, colour },
    })
    means[#lines] = { unit = unit, item = pool:item(unit.id) }
  end
  local live = vim.tbl_filter(function(unit)
    return not text.ENDED[unit.status]
  end, pool.units)
  local ended = vim.tbl_filter(function(unit)
    return text.ENDED[unit.status]
  end, pool.units)
  local loose = vim.tbl_filter(function(item) -- those that stand at no live unit
    local unit = item.unit and pool:unit(item.unit)
    return not unit or text.ENDED[unit.status] or (unit.attention or {}).id ~= item.id
  end, pool.items)
  loose = vim.tbl_filter(function(item)
    return item.reason ~= 'CONFLICT'
  end, loose)
  if #loose > 0 then
    title('Waits for you')
    for _, item in ipairs(loose) do
      table.insert(lines, {
        { ' ◆ ', 'PointsmanWaits' },
        { text.asks(item) .. ': ', 'PointsmanWaits' },
        { text.one_line(item.text) },
      })
      means[#lines] = { item = item, unit = item.unit and pool:unit(item.unit) }
    end
  end
  if #pool.conflicts > 0 then
    title('Conflicts')
    for _, conflict in ipairs(pool.conflicts) do
      local open = not conflict.resolved
      local colour = open and 'PointsmanConflict' or 'PointsmanDecided'
      table.insert(lines, {
        { open and ' ⇄ ' or ' → ', colour },
        { text.pad(text.pair(conflict), 2 * width + 5), 'PointsmanName' },
        { text.about(conflict) .. '  ', nil },
        { text.verdict(conflict), colour },
      })
      means[#lines] = { conflict = conflict }
    end
  end
  title('Units')
  for _, unit in ipairs(live) do
    row(unit)
  end
  for at = #ended, 1, -1 do
    row(ended[at])
  end
  if #pool.units == 0 then
    table.insert(lines, {
      { '   none; ', 'PointsmanDim' },
      { 'i', 'PointsmanKey' },
      { ' injects a chunk', 'PointsmanDim' },
    })
  end
  return lines, means
end

--- Draw anew, with the cursor at what it was at.
---@param pool pointsman.Pool
---@param buffer integer
local function draw(pool, buffer)
  local function name(meant)
    return meant
      and (
        (meant.conflict and meant.conflict.id)
        or (meant.unit and meant.unit.id)
        or meant.item.id
      )
  end
  local windows = vim.fn.win_findbuf(buffer)
  local at = {}
  for _, window in ipairs(windows) do
    at[window] = name((about[buffer] or {})[vim.api.nvim_win_get_cursor(window)[1]])
  end
  local lines, means = drawn(pool)
  about[buffer] = means
  local spots = vim.tbl_map(function(window)
    return { window, vim.api.nvim_win_get_cursor(window) }
  end, windows)
  view.write(buffer, lines)
  for _, spot in ipairs(spots) do
    local window, cursor = spot[1], spot[2]
    local line = math.min(cursor[1], #lines)
    for number, meant in pairs(means) do
      if at[window] and name(meant) == at[window] then
        line = number
      end
    end
    vim.api.nvim_win_set_cursor(window, { line, 0 })
  end
end

local KEYS = {
  { '<CR>', 'open', 'diff of the unit, or verdict on the conflict' },
  { 't', 'transcript', 'transcript of the unit' },
  { 'a', 'answer', 'answer what it asks' },
  { 'v', 'verdict', 'verdict on a conflict' },
  { 'g', 'goto', 'go to what it is about' },
  { 'i', 'inject', 'inject a chunk' },
  { 'l', 'land', 'let it land' },
  { 'r', 'retry', 'try it again' },
  { 'x', 'cancel', 'cancel it' },
  { 'p', 'pause', 'pause or resume the pool' },
  { 'q', 'close', 'close this window' },
  { '?', 'help', 'these keys' },
}

---@param acts table<string, fun()>
---@param buffer integer
local function map(acts, buffer)
  local keys = config.get().keys
  for _, key in ipairs(KEYS) do
    local pressed = keys[key[2]]
    if pressed == nil then
      pressed = key[1]
    end
    if pressed then
      vim.keymap.set('n', pressed, acts[key[2]], {
        buffer = buffer,
        nowait = true,
        desc = 'Pointsman: ' .. key[3],
      })
    end
  end
end

local function help()
  local keys, lines = config.get().keys, {}
  for _, key in ipairs(KEYS) do
    local pressed = keys[key[2]]
    if pressed == nil then
      pressed = key[1]
    end
    if pressed then
      lines[#lines + 1] = { { ' ' .. text.pad(pressed, 6), 'PointsmanKey' }, { key[3] } }
    end
  end
  view.float(lines, 'Units')
end

--- Open the list.
---@param pool pointsman.Pool
---@param how string an Ex command prefix
function M.open(pool, how)
  local buffer, made = view.buffer('units', pool.root, 'pointsman-units')
  local window = view.show(buffer, how)
  vim.wo[window].cursorline, vim.wo[window].wrap = true, false
  vim.wo[window].winfixheight = true
  if not made then
    draw(pool, buffer)
    return
  end
  local acts = {}
  local flows = require('pointsman.flows')
  local function meant()
    return (about[buffer] or {})[vim.api.nvim_win_get_cursor(0)[1]] or {}
  end
  local function with(what, act)
    return function()
      local there = meant()[what]
      if there then
        require('pointsman.task').run(function()
          act(there)
        end)
      end
    end
  end
  local judge = with('conflict', function(conflict)
    flows.judge(pool, conflict)
  end)
  local look = with('unit', function(unit)
    require('pointsman.diff').open(pool, unit)
  end)
  acts.open = function()
    if meant().conflict then
      judge()
    else
      look()
    end
  end
  acts.verdict = function()
    if meant().conflict then
      judge()
    else
      with('unit', function(unit)
        flows.verdict(pool, unit.chunk)
      end)()
    end
  end
  acts.transcript = with('unit', function(unit)
    require('pointsman.transcript').open(pool, unit, config.get().windows.transcript)
  end)
  acts.answer = with('item', function(item)
    flows.answer_item(pool, item)
  end)
  acts['goto'] = function()
    local there = meant()
    flows.go(
      pool,
      there.conflict and flows.place_of_conflict(there.conflict) or flows.place_of(pool, there)
    )
  end
  acts.inject = function()
    require('pointsman.task').run(function()
      flows.inject(pool, {})
    end)
  end
  for _, operation in ipairs({ 'land', 'retry', 'cancel' }) do
    acts[operation] = with('unit', function(unit)
      flows.unit_operation(pool, operation, unit)
    end)
  end
  acts.pause = function()
    require('pointsman.task').run(function()
      flows.pause(pool, not (pool.daemon or {}).paused)
    end)
  end
  acts.close = function()
    vim.cmd('close')
  end
  acts.help = help
  map(acts, buffer)
  local changes = vim.api.nvim_create_autocmd('User', {
    pattern = 'PointsmanChanged',
    callback = function(event)
      if event.data.root == pool.root and vim.api.nvim_buf_is_valid(buffer) then
        draw(pool, buffer)
      end
    end,
  })
  local timer = assert(vim.uv.new_timer()) -- the ages
  timer:start(
    1000,
    1000,
    vim.schedule_wrap(function()
      if vim.api.nvim_buf_is_valid(buffer) and #vim.fn.win_findbuf(buffer) > 0 then
        draw(pool, buffer)
      end
    end)
  )
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    callback = function()
      timer:close()
      about[buffer] = nil
      vim.api.nvim_del_autocmd(changes)
    end,
  })
  draw(pool, buffer)
  local numbers = vim.tbl_keys(about[buffer])
  if #numbers > 0 then -- at the first thing that there is
    vim.api.nvim_win_set_cursor(window, { math.min(unpack(numbers)), 0 })
  end
end

return M
