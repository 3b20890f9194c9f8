--- `:Pointsman`: its subcommands, as one table, and what can be typed after each.
local M = {}

local choose = require('pointsman.choose')
local chunks = require('pointsman.chunks')
local config = require('pointsman.config')
local flows = require('pointsman.flows')
local notify = require('pointsman.notify')
local pools = require('pointsman.pool')
local session = require('pointsman.session')
local task = require('pointsman.task')
local text = require('pointsman.text')
local view = require('pointsman.view')

---@class pointsman.Given
---@field words string[] what follows the subcommand
---@field bang boolean
---@field mods string

---@class pointsman.Subcommand
---@field run fun(pool: pointsman.Pool, given: pointsman.Given)
---@field complete (fun(pool: pointsman.Pool, words: string[]): string[])?

local function live(unit)
  return not text.ENDED[unit.status]
end

local function any()
  return true
end

--- The chunks of units that fit, for completion.
local function units(fits)
  return function(pool, words)
    if #words > 0 then
      return {}
    end
    return vim.tbl_map(function(unit)
      return unit.chunk
    end, vim.tbl_filter(fits, pool.units))
  end
end

--- The unit that is named, else one that the operator chooses.
---@param pool pointsman.Pool
---@param named string?
---@param prompt string
---@param fits fun(unit: table): boolean
local function unit_of(pool, named, prompt, fits)
  pool:look()
  if not named then
    return choose.unit(pool, prompt, fits)
  end
  return pool:unit(named) or pool:call('unit', { unit = named }).unit
end

--- A subcommand that is one operation on one unit.
---@param operation string
---@param fits fun(unit: table): boolean
local function on_unit(operation, fits)
  return {
    run = function(pool, given)
      local prompt = ('%s which unit: '):format(operation:gsub('^%l', string.upper))
      local unit = unit_of(pool, given.words[1], prompt, fits)
      if unit then
        flows.unit_operation(pool, operation, unit)
      end
    end,
    complete = units(fits),
  }
end

local function failed(unit)
  return unit.status == 'FAILED'
end

local function finished(unit)
  return unit.status == 'NEEDS_ATTENTION' or unit.phase == 'LAND' or unit.phase == 'VERIFY'
end

--- How a window is opened: as the command's modifiers say, else as set.
local function how(given, what)
  return given.mods ~= '' and given.mods or config.get().windows[what]
end

M.table = {} ---@type table<string, pointsman.Subcommand>

M.table.units = {
  run = function(pool, given)
    require('pointsman.units').open(pool, how(given, 'units'))
    pool:look()
  end,
}

M.table.inject = {
  run = function(pool, given)
    pool:look()
    flows.inject(pool, given.words)
  end,
  complete = function(pool, words)
    return vim.tbl_filter(function(name)
      return not vim.list_contains(words, name)
    end, chunks.injectable(pool))
  end,
}

M.table.submit = {
  run = function(pool)
    local result = pool:call('submitFuture')
    notify.said(('In the pool: %s'):format(text.count(#result.injected, 'chunk')))
    for _, problem in ipairs(result.refused) do
      notify.said(('%s %s'):format(problem.message, problem.remedy), vim.log.levels.WARN)
    end
  end,
}

M.table.new = {
  run = function(pool, given)
    local name = given.words[1] or task.input({ prompt = 'Name of the new chunk: ' })
    if not name or name == '' then
      return
    end
    local program = session.ensure(pool.root) and require('pointsman.server').find(pool.root)
    local command = vim.list_extend(program or {}, { 'new', name, '--json' })
    local made = task.system(command, { cwd = pool.root })
    if made.code ~= 0 then
      local fine, said = pcall(vim.json.decode, made.stderr)
      local problem = fine and said.error or {}
      error({ message = problem.message or vim.trim(made.stderr), remedy = problem.remedy }, 0)
    end
    flows.go(pool, flows.place_of(pool, { unit = { chunk = name } }))
  end,
}

M.table.answer = {
  run = function(pool, given)
    local words = #given.words > 1 and table.concat(given.words, ' ', 2) or nil
    flows.answer(pool, given.words[1], words, given.bang)
  end,
  complete = function(pool, words)
    if #words == 0 then
      return vim.tbl_map(function(item)
        return item.chunk or item.id
      end, pool.items)
    end
    local item = #words == 1 and pool:item(words[1])
    return item and vim.tbl_map(function(option)
      return option.id
    end, item.options) or {}
  end,
}

M.table.send = {
  run = function(pool)
    require('pointsman.answer_file').send_here(pool)
  end,
}

M.table.verdict = {
  run = function(pool, given)
    flows.verdict(pool, unpack(given.words))
  end,
  complete = function(pool, words)
    local found = {}
    if #words == 2 then
      return { 'serialize', 'independent', 'ask' }
    elseif #words == 3 then
      return words[3] == 'serialize' and { words[1], words[2] } or {}
    end
    for _, conflict in ipairs(pool.conflicts) do
      for side, other in pairs({ [conflict.a] = conflict.b, [conflict.b] = conflict.a }) do
        if #words == 0 or words[1] == other then
          found[side] = true
        end
      end
    end
    return vim.tbl_keys(found)
  end,
}

M.table.land = on_unit('land', finished)
M.table.cancel = on_unit('cancel', live)
M.table.retry = on_unit('retry', failed)
local retry_one = M.table.retry.run
M.table.retry.run = function(pool, given)
  if given.bang then
    local tried = pool:call('retryAll').units
    notify.said(text.count(#tried, 'unit') .. ' tried again.')
  else
    retry_one(pool, given)
  end
end

M.table.prioritize = {
  run = function(pool, given)
    local unit = unit_of(pool, given.words[1], 'Prioritize which unit: ', live)
    local number = unit
      and (given.words[2] or task.input({ prompt = 'Priority (higher goes first): ' }))
    if number and tonumber(number) then
      pool:call('prioritize', { unit = unit.id, priority = tonumber(number) })
      notify.said(('%s has priority %s.'):format(unit.chunk, number))
    end
  end,
  complete = units(live),
}

M.table.diff = {
  run = function(pool, given)
    local unit = unit_of(pool, given.words[1], 'Diff of which unit: ', any)
    if unit then
      require('pointsman.diff').open(pool, unit)
    end
  end,
  complete = units(any),
}

M.table.transcript = {
  run = function(pool, given)
    local unit = unit_of(pool, given.words[1], 'Transcript of which unit: ', any)
    if unit then
      require('pointsman.transcript').open(pool, unit, how(given, 'transcript'))
    end
  end,
  complete = units(any),
}

M.table.attention = {
  run = function(pool)
    pool:look()
    flows.quickfix(
      pool,
      'Waits for you',
      vim.tbl_map(function(item)
        local words = ('%s: %s'):format(text.asks(item), text.one_line(item.text))
        return { place = flows.place_of(pool, { item = item }), words = words, type = 'W' }
      end, pool.items)
    )
  end,
}

M.table.conflicts = {
  run = function(pool)
    pool:look()
    flows.quickfix(
      pool,
      'Conflicts',
      vim.tbl_map(function(conflict)
        local about = #conflict.overlaps > 0 and conflict.overlaps[1].detail or text.about(conflict)
        return {
          place = flows.place_of_conflict(conflict),
          words = ('%s: %s %s'):format(
            text.pair(conflict),
            text.one_line(about),
            text.verdict(conflict)
          ),
          type = conflict.resolved and 'I' or 'W',
        }
      end, pool.conflicts)
    )
  end,
}

M.table.who = {
  run = function(pool)
    local path = vim.fs.relpath(pool.root, vim.fs.normalize(vim.api.nvim_buf_get_name(0)))
    if not path or vim.bo.buftype ~= '' then
      error({ message = 'Who touches which file? Go to one of the repository.' }, 0)
    end
    local line = vim.fn.line('.') - 1
    local range =
      { start = { line = line, character = 0 }, ['end'] = { line = line, character = 0 } }
    local touches = pool:call('who', { path = path, range = range }).touches
    local lines = {}
    for _, touch in ipairs(touches) do
      local unit = touch.chunk and pool:unit(touch.chunk)
      local access = touch.access:lower():gsub('_', ' ')
      lines[#lines + 1] = {
        { ' ' .. text.one_line(touch.chunk or touch.participant), 'PointsmanName' },
        { ('  %s '):format(access) },
        { text.one_line(touch.symbol or touch.path) },
        { ('  %s'):format(touch.evidence:lower()), 'PointsmanDim' },
        { unit and ', ' .. text.state(unit) or '', unit and text.GROUPS[unit.status] },
      }
    end
    if #lines == 0 then
      notify.said('Nobody touches this line.')
    else
      view.float(lines, 'Who touches this')
    end
  end,
}

M.table.status = {
  run = function(pool)
    pool:look()
    notify.said(require('pointsman').summary(pool))
  end,
}

for name, paused in pairs({ pause = true, resume = false }) do
  M.table[name] = {
    run = function(pool)
      flows.pause(pool, paused)
    end,
  }
end

M.table.restart = {
  run = function(pool)
    session.restart(pool.root)
    notify.said('Connected anew.')
  end,
}

M.table.stop = {
  run = function(pool)
    session.stop(pool.root)
    notify.said('Session ended; the agents go on.')
  end,
}

M.table.doctor = {
  run = function()
    vim.cmd('checkhealth pointsman')
  end,
}

--- The command itself.
---@param given table as `nvim_create_user_command` gives it
function M.run(given)
  local words = vim.list_extend({}, given.fargs)
  local name = table.remove(words, 1) or 'units'
  local subcommand = M.table[name]
  if not subcommand then
    notify.failed({
      message = ('There is no :Pointsman %s.'):format(name),
      remedy = 'See :help :Pointsman',
    })
    return
  end
  task.run(function()
    subcommand.run(pools.here(), { words = words, bang = given.bang, mods = given.mods })
  end)
end

--- What fits after the cursor; from what is known already, so that typing never waits.
---@param lead string
---@param line string
---@param position integer
---@return string[]
function M.complete(lead, line, position)
  local words = vim.split(line:sub(1, position), '%s+', { trimempty = true })
  while #words > 0 and not words[1]:find('^Po') do
    table.remove(words, 1) -- modifiers and ranges
  end
  table.remove(words, 1)
  if lead ~= '' then
    table.remove(words)
  end
  local offered
  if #words == 0 then
    offered = vim.tbl_keys(M.table)
  else
    local name = table.remove(words, 1)
    local root = session.root()
    local complete = M.table[name] and M.table[name].complete
    offered = root and complete and complete(pools.of(root), words) or {}
  end
  local fitting = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, offered)
  table.sort(fitting)
  return vim.fn.uniq(fitting) --[[@as string[] ]]
end

return M
