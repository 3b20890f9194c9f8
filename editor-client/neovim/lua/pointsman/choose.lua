--- The questions that the operator is asked after they asked for them, with `vim.ui.select` and
--- `vim.ui.input`. Every function runs in a task; nil means that nothing was chosen.
local M = {}

local task = require('pointsman.task')
local text = require('pointsman.text')

--- One of `choices`; the only one is taken without asking.
---@param choices table[]
---@param prompt string
---@param format fun(choice: table): string
---@param kind string
function M.one(choices, prompt, format, kind)
  if #choices <= 1 then
    return choices[1]
  end
  local opts = { prompt = prompt, format_item = format, kind = 'pointsman.' .. kind }
  return task.select(choices, opts)
end

--- A unit among those that `fits`. Raises a Failure where there is none.
---@param pool pointsman.Pool
---@param prompt string
---@param fits fun(unit: table): boolean
function M.unit(pool, prompt, fits)
  local units = vim.tbl_filter(fits, pool.units)
  if #units == 0 then
    error({ message = 'There is no unit for that now.', remedy = 'See :Pointsman units' }, 0)
  end
  return M.one(units, prompt, function(unit)
    return ('%s %s  %s'):format(text.GLYPHS[unit.status] or ' ', unit.chunk, text.state(unit))
  end, 'unit')
end

--- An attention item, or a message box of the server's.
---@param pool pointsman.Pool
function M.waiting(pool)
  local waiting = {}
  for _, item in ipairs(pool.items) do
    table.insert(waiting, { item = item })
  end
  for _, box in ipairs(pool.boxes) do
    table.insert(waiting, { box = box })
  end
  if #waiting == 0 then
    error({ message = 'Nothing waits for you.' }, 0)
  end
  return M.one(waiting, 'What waits for you: ', function(choice)
    if choice.box then
      return text.one_line(choice.box.params.message)
    end
    local item = choice.item
    return ('%s: %s'):format(text.asks(item), text.one_line(item.text))
  end, 'attention')
end

--- A conflict: those at the cursor first, then those without a verdict.
---@param pool pointsman.Pool
---@param of string? only those of this chunk
function M.conflict(pool, of)
  local here = {} ---@type table<string, boolean>
  for _, diagnostic in ipairs(vim.diagnostic.get(0, { lnum = vim.fn.line('.') - 1 })) do
    local data = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data') or {}
    if data.conflict then
      here[data.conflict] = true
    end
  end
  local function rank(conflict)
    return (here[conflict.id] and 0 or 2) + (conflict.resolved and 1 or 0)
  end
  local found = vim.tbl_filter(function(conflict)
    return not of or conflict.a == of or conflict.b == of
  end, pool.conflicts)
  table.sort(found, function(one, other)
    local first, second = rank(one), rank(other)
    return first < second or (first == second and one.id < other.id)
  end)
  if #found == 0 then
    error({ message = "No two units get in each other's way." }, 0)
  end
  return M.one(found, 'Which conflict: ', function(conflict)
    local parts = { text.pair(conflict), text.about(conflict), text.verdict(conflict) }
    return table.concat(parts, '  ')
  end, 'conflict')
end

--- The parameters of a verdict on a conflict.
---@param conflict table
---@return table?
function M.verdict(conflict)
  local choices = {}
  if conflict.a ~= 'operator' and conflict.b ~= 'operator' then
    for _, side in ipairs({ conflict.a, conflict.b }) do
      local other = side == conflict.a and conflict.b or conflict.a
      table.insert(choices, {
        label = ('Serialize: %s first, then %s'):format(side, other),
        verdict = 'SERIALIZE',
        first = side,
      })
    end
  end
  table.insert(choices, { label = 'Independent: both at once', verdict = 'INDEPENDENT' })
  table.insert(choices, { label = 'Ask the agents: both get a note', verdict = 'ASK_AGENTS' })
  local chosen = task.select(choices, {
    prompt = ('%s (%s): '):format(text.pair(conflict), text.about(conflict)),
    format_item = function(choice)
      return choice.label
    end,
    kind = 'pointsman.verdict',
  })
  return chosen and { conflict = conflict.id, verdict = chosen.verdict, first = chosen.first }
end

--- How an item is answered: `{option}`, `{text}`, or `{file = true}` for a file to write in.
---@param item table AttentionItem
---@return table?
function M.answer(item)
  local choices = {}
  for _, option in ipairs(item.options) do
    local described = option.description and '  ' .. text.one_line(option.description) or ''
    table.insert(choices, { label = text.one_line(option.label) .. described, option = option.id })
  end
  if item.freeText then
    table.insert(choices, { label = 'In your own words…', words = true })
    table.insert(choices, { label = 'In your own words, in a file…', file = true })
  end
  local prompt = ('%s: %s '):format(text.asks(item), text.one_line(item.text))
  local chosen = task.select(choices, {
    prompt = prompt,
    format_item = function(choice)
      return choice.label
    end,
    kind = 'pointsman.answer',
  })
  if not chosen or chosen.file then
    return chosen
  elseif chosen.option then
    return { option = chosen.option }
  end
  local words = task.input({ prompt = 'Your answer: ' })
  return words and vim.trim(words) ~= '' and { text = words } or nil
end

return M
