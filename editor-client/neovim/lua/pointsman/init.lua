--- What a user's own files call: `setup`, `statusline`.
local M = {}

local text = require('pointsman.text')

--- Settings, for who prefers a call to `vim.g.pointsman`.
---@param opts table?
function M.setup(opts)
  require('pointsman.config').set(opts)
  vim.lsp.enable('pointsman', require('pointsman.config').get().autostart)
end

local SHOWN = { 'NEEDS_ATTENTION', 'RUNNING', 'BLOCKED', 'FAILED' }
local COUNTED = {
  NEEDS_ATTENTION = 'waiting for you',
  RUNNING = 'at work',
  BLOCKED = 'blocked',
  FAILED = 'failed',
}

---@param pool pointsman.Pool
---@return table<string, integer>
local function counts(pool)
  local number = { ASSIGNED = 0 }
  for _, unit in ipairs(pool.units) do
    local status = unit.status == 'ASSIGNED' and 'RUNNING' or unit.status
    number[status] = (number[status] or 0) + 1
  end
  number.NEEDS_ATTENTION = math.max(number.NEEDS_ATTENTION or 0, #pool.items)
  return number
end

--- The pool in one sentence.
---@param pool pointsman.Pool
---@return string
function M.summary(pool)
  local number, parts = counts(pool), {}
  if pool.daemon and pool.daemon.paused then
    table.insert(parts, 'paused')
  end
  for _, status in ipairs(SHOWN) do
    if (number[status] or 0) > 0 then
      table.insert(parts, ('%d %s'):format(number[status], COUNTED[status]))
    end
  end
  local open = #pool:open_conflicts()
  if open > 0 then
    table.insert(parts, text.count(open, 'conflict') .. ' without a verdict')
  end
  local all = text.count(#pool.units, 'unit')
  return #parts > 0 and ('%s: %s'):format(all, table.concat(parts, ', ')) or all .. ', all quiet'
end

--- For 'statusline' or a plugin that draws it: `◆1 ●2 ■1 ⇄1`, empty outside any repository. With
--- `{ colors = true }`, in the colours of the list of units.
---@param opts {colors: boolean?, bufnr: integer?}?
---@return string
function M.statusline(opts)
  opts = opts or {}
  local session = require('pointsman.session')
  local window = vim.g.statusline_winid
  local buffer = opts.bufnr
    or window and vim.api.nvim_win_is_valid(window) and vim.api.nvim_win_get_buf(window)
    or vim.api.nvim_get_current_buf()
  local root = vim.b[buffer].pointsman_root
  if not root then
    local client = vim.lsp.get_clients({ name = 'pointsman', bufnr = buffer })[1]
      or vim.lsp.get_clients({ name = 'pointsman' })[1]
    root = client and client.root_dir
  end
  if not root then
    return ''
  end
  local pool = require('pointsman.pool').of(root)
  if not pool.daemon then
    return session.refusal(root) and 'pointsman ✗' or ''
  end
  local parts = {}
  local function part(words, group)
    table.insert(parts, opts.colors and ('%%#%s#%s%%*'):format(group, words) or words)
  end
  if not pool.alive then
    part('…', 'PointsmanDim')
  end
  local number = counts(pool)
  for _, status in ipairs(SHOWN) do
    if (number[status] or 0) > 0 then
      part(text.GLYPHS[status] .. number[status], text.GROUPS[status])
    end
  end
  local open = #pool:open_conflicts()
  if open > 0 then
    part('⇄' .. open, 'PointsmanConflict')
  end
  if pool.daemon.paused then
    part('paused', 'PointsmanWaits')
  end
  return #parts > 0 and table.concat(parts, ' ') or '✓'
end

return M
