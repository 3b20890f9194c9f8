--- What the operator does, from first question to outcome: for `:Pointsman`, for the keys of the
--- list, and for code actions. Every function but `go` and the places runs in a task.
local M = {}

local choose = require('pointsman.choose')
local chunks = require('pointsman.chunks')
local notify = require('pointsman.notify')
local task = require('pointsman.task')
local text = require('pointsman.text')

--- What each candidate would collide with, by its name; nothing where the oracle can't tell.
---@param pool pointsman.Pool
---@param names string[]
---@return table<string, string>
local function collisions(pool, names)
  local fine, found = pcall(pool.call, pool, 'analyze', { chunks = names })
  local by_name = {} ---@type table<string, string[]>
  for _, conflict in ipairs(fine and found.conflicts or {}) do
    for side, other in pairs({ [conflict.a] = conflict.b, [conflict.b] = conflict.a }) do
      if other == 'operator' or pool:unit(other) and pool:live(other) then
        by_name[side] = by_name[side] or {}
        local probability = math.floor(conflict.probability * 100 + 0.5)
        table.insert(by_name[side], ('%s (%d %%)'):format(text.one_line(other), probability))
      end
    end
  end
  local words = {}
  for name, others in pairs(by_name) do
    words[name] = 'would collide with ' .. table.concat(others, ', ')
  end
  return words
end

--- Put chunks into the pool; without a name, after a choice.
---@param pool pointsman.Pool
---@param names string[]
function M.inject(pool, names)
  if #names == 0 then
    local candidates = chunks.injectable(pool)
    if #candidates == 0 then
      error({
        message = 'There is no chunk to inject.',
        remedy = ':Pointsman new NAME writes one; commit it, then inject.',
      }, 0)
    end
    local collide = collisions(pool, candidates)
    local width = 0
    for _, name in ipairs(candidates) do
      width = math.max(width, vim.fn.strdisplaywidth(name))
    end
    local all = ('all %d of them'):format(#candidates)
    local choices = vim.list_extend({}, candidates)
    if #candidates > 1 then
      table.insert(choices, all)
    end
    local chosen = task.select(choices, {
      prompt = 'Inject: ',
      format_item = function(name)
        return collide[name] and ('%s  %s'):format(text.pad(name, width), collide[name]) or name
      end,
      kind = 'pointsman.inject',
    })
    if not chosen then
      return
    end
    names = chosen == all and candidates or { chosen }
  end
  local result = pool:call('inject', { chunks = names })
  for _, warning in ipairs(result.warnings) do
    notify.said(('%s %s'):format(warning.message, warning.remedy), vim.log.levels.WARN)
  end
  local ids = vim.tbl_map(function(unit)
    return unit.id
  end, result.units)
  notify.said('In the pool: ' .. table.concat(ids, ', '))
end

--- Give an answer: an option, words, or by the file.
---@param pool pointsman.Pool
---@param item table AttentionItem
---@param answer table? what `choose.answer` gives
local function give(pool, item, answer)
  if not answer then
    return
  elseif answer.file then
    pool:call('answerFile', { item = item.id })
    return
  end
  local result = pool:call('answer', vim.tbl_extend('error', { item = item.id }, answer))
  local has = result.delivered and ': its agent has it' or ''
  notify.said(('%s is answered%s.'):format(item.id, has))
end

---@param pool pointsman.Pool
---@param item table
function M.answer_item(pool, item)
  local conflict = item.reason == 'CONFLICT'
    and vim.iter(pool.conflicts):find(function(conflict)
      return conflict.id == item.subject
    end)
  if conflict then
    M.judge(pool, conflict)
  else
    give(pool, item, choose.answer(item))
  end
end

--- Answer something that waits; `named` is an item, unit or chunk, `words` the answer.
---@param pool pointsman.Pool
---@param named string?
---@param words string?
---@param file boolean? in a file
function M.answer(pool, named, words, file)
  pool:look()
  local item = named and pool:item(named)
  if named and not item then
    error({
      message = ('Nothing of %s waits for an answer.'):format(named),
      remedy = ':Pointsman attention lists what does.',
    }, 0)
  end
  if not item then
    local waiting = choose.waiting(pool)
    if waiting and waiting.box then
      waiting.box.answer(task.select(waiting.box.params.actions, {
        prompt = text.one_line(waiting.box.params.message) .. ' ',
        format_item = function(action)
          return text.one_line(action.title)
        end,
        kind = 'pointsman.answer',
      }))
      return
    end
    item = waiting and waiting.item
  end
  if not item then
    return
  elseif file then
    give(pool, item, { file = true })
  elseif words then
    local option = vim.iter(ipairs(item.options)):find(function(number, option)
      return words == tostring(number) or words == option.id or words == option.label
    end)
    give(pool, item, option and { option = item.options[option].id } or { text = words })
  else
    M.answer_item(pool, item)
  end
end

--- Judge one conflict.
---@param pool pointsman.Pool
---@param conflict table
---@param judged table? the parameters, where they are given already
function M.judge(pool, conflict, judged)
  judged = judged or choose.verdict(conflict)
  if judged then
    local result = pool:call('verdict', judged)
    if judged.verdict == 'ASK_AGENTS' then
      notify.said('Both agents get a note of what they have in common.')
    else
      notify.said(('%s: %s'):format(text.pair(result.conflict), text.verdict(result.conflict)))
    end
  end
end

local VERDICTS = { independent = 'INDEPENDENT', serialize = 'SERIALIZE', ask = 'ASK_AGENTS' }

--- Judge a conflict: `[A [B [VERDICT [FIRST]]]]`; what is missing is asked for.
---@param pool pointsman.Pool
---@param a string?
---@param b string?
---@param verdict string?
---@param first string?
function M.verdict(pool, a, b, verdict, first)
  pool:look()
  if not b then
    local conflict = choose.conflict(pool, a)
    if conflict then
      M.judge(pool, conflict)
    end
    return
  end
  local conflict = vim.iter(pool.conflicts):find(function(conflict)
    return (conflict.a == a and conflict.b == b) or (conflict.a == b and conflict.b == a)
  end)
  if not conflict then
    error({ message = ('%s and %s have nothing in common.'):format(a, b) }, 0)
  elseif not verdict then
    M.judge(pool, conflict)
    return
  end
  local meant = VERDICTS[verdict]
  if not meant then
    error({ message = verdict .. ' is no verdict.', remedy = 'independent, serialize or ask.' }, 0)
  end
  M.judge(pool, conflict, {
    conflict = conflict.id,
    verdict = meant,
    first = meant == 'SERIALIZE' and (first or a) or nil,
  })
end

local DONE = {
  land = '%s may land.',
  retry = '%s is tried again.',
  cancel = '%s is cancelled; its work is kept.',
}

--- Land, retry or cancel a unit.
---@param pool pointsman.Pool
---@param operation string
---@param unit table
function M.unit_operation(pool, operation, unit)
  if operation == 'cancel' then
    local prompt = ('Cancel %s? '):format(unit.chunk)
    local sure = task.select(
      { 'Go on', 'Cancel it' },
      { prompt = prompt, kind = 'pointsman.cancel' }
    )
    if sure ~= 'Cancel it' then
      return
    end
  end
  pool:call(operation, { unit = unit.id })
  notify.said(DONE[operation]:format(unit.chunk))
end

---@param pool pointsman.Pool
---@param paused boolean
function M.pause(pool, paused)
  pool:call(paused and 'pause' or 'resume')
  notify.said(
    paused and 'Paused: nothing new starts; what runs goes on.' or 'New work starts again.'
  )
end

--- Where an item or a unit is: its place, else its GOAL.md.
---@param pool pointsman.Pool
---@param there {item: table?, unit: table?}
---@return table? place with `path` and `range`
function M.place_of(pool, there)
  local item = there.item
  if item and item.place then
    return item.place
  end
  local chunk = item and item.chunk or there.unit and there.unit.chunk
  if chunk then
    local folder = pool.daemon and pool.daemon.chunks or 'docs/chunks'
    return { path = ('%s/%s/GOAL.md'):format(folder, chunk) }
  end
end

--- Where a conflict is: the first overlap, at the lines that one side gives.
---@param conflict table
---@return table?
function M.place_of_conflict(conflict)
  local overlap = conflict.overlaps[1]
  if not overlap then
    return nil
  end
  local lines = vim.tbl_get(overlap.evidence, 'a', 'lines')
    or vim.tbl_get(overlap.evidence, 'b', 'lines')
  local line = type(lines) == 'table' and lines[1] or 0
  return { path = overlap.path, range = { start = { line = line, character = 0 } } }
end

--- Open a place of the repository.
---@param pool pointsman.Pool
---@param place table?
function M.go(pool, place)
  if not place then
    return
  end
  local file = vim.fs.joinpath(pool.root, place.path)
  if vim.bo.filetype == 'pointsman-units' then
    vim.cmd('wincmd p')
  end
  vim.cmd.edit(vim.fn.fnameescape(file))
  local line = vim.tbl_get(place, 'range', 'start', 'line') or 0
  vim.api.nvim_win_set_cursor(0, { math.min(line + 1, vim.api.nvim_buf_line_count(0)), 0 })
end

--- Entries of the quickfix list: what waits, or who is in whose way.
---@param pool pointsman.Pool
---@param title string
---@param entries {place: table?, words: string, type: string}[]
function M.quickfix(pool, title, entries)
  local items = {}
  for _, entry in ipairs(entries) do
    local place = entry.place
    table.insert(items, {
      filename = place and vim.fs.joinpath(pool.root, place.path) or nil,
      lnum = place and (vim.tbl_get(place, 'range', 'start', 'line') or 0) + 1 or nil,
      text = entry.words,
      type = entry.type,
    })
  end
  vim.fn.setqflist({}, ' ', { title = title, items = items })
  if #items > 0 then
    vim.cmd('botright copen')
  else
    vim.cmd('cclose')
    notify.said(title .. ': none.')
  end
end

return M
