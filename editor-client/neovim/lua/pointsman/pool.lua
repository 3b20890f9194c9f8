--- What is known of a repository's pool: units, what waits for the operator, conflicts.
---
--- Whenever an event says that something changed, all of it is asked for anew; nothing is counted
--- from events, so one that was missed, while the daemon was away or Neovim was, does no harm.
--- Whoever shows it follows the autocommand `User PointsmanChanged`, whose data is `{root}`.
local M = {}

local config = require('pointsman.config')
local notify = require('pointsman.notify')
local session = require('pointsman.session')
local task = require('pointsman.task')
local text = require('pointsman.text')

local GATHER = 50 -- milliseconds from an event to the look at everything
local CHANGING = { unit = true, conflict = true, attention = true, settings = true, daemon = true }

---@class pointsman.Pool
---@field root string
---@field alive boolean whether there is a session
---@field daemon table? DaemonInfo
---@field units table[] WorkUnits, the oldest first
---@field items table[] AttentionItems, the most pressing first
---@field conflicts table[]
---@field progress table<string, string> what units last said of themselves
---@field boxes {params: table, answer: fun(action: table?)}[] message boxes that wait
local Pool = {}
Pool.__index = Pool

local pools = {} ---@type table<string, pointsman.Pool>

---@param root string
---@return pointsman.Pool
function M.of(root)
  if not pools[root] then
    pools[root] = setmetatable({
      root = root,
      alive = false,
      units = {},
      items = {},
      conflicts = {},
      progress = {},
      boxes = {},
      known = nil, -- ids of the items that the operator was told of
      looking = false,
      stale = false,
    }, Pool)
  end
  return pools[root]
end

--- The pool of the current buffer's repository. Raises a Failure where there is none.
---@return pointsman.Pool
function M.here()
  local root = session.root()
  if not root then
    error({ message = 'This is no git repository, so there is nothing to point.' }, 0)
  end
  return M.of(root)
end

--- Ask for an operation. Only in a task; raises a Failure.
---@param operation string
---@param params table?
---@return table
function Pool:call(operation, params)
  return session.call(self.root, operation, params)
end

function Pool:changed()
  vim.schedule(function()
    vim.api.nvim_exec_autocmds('User', {
      pattern = 'PointsmanChanged',
      modeline = false,
      data = { root = self.root },
    })
    vim.cmd.redrawstatus({ bang = true })
  end)
end

function Pool:connected()
  self.alive = true
  self:look_soon(0)
end

function Pool:disconnected()
  self.alive, self.boxes, self.stale = false, {}, false
  self:changed()
end

---@param event table
function Pool:heard(event)
  local family = event.kind:match('^[^.]+')
  if family == 'progress' and event.unit then
    self.progress[event.unit] = text.one_line(event.data.text)
    self:changed()
  elseif CHANGING[family] then
    self:look_soon(GATHER)
  end
end

---@param after integer milliseconds
function Pool:look_soon(after)
  if self.stale then
    return
  end
  self.stale = true
  vim.defer_fn(function()
    if not session.client(self.root) then
      self.stale = false -- it looks when it is back
    elseif not self.looking then
      task.run(function()
        self:look()
      end)
    end
  end, after)
end

--- See how everything is, and say what is new. Only in a task; raises a Failure where there is no
--- session to be had.
function Pool:look()
  session.ensure(self.root)
  self.stale, self.looking = false, true
  local fine, results = pcall(task.all, {
    function()
      return self:call('status')
    end,
    function()
      return self:call('attention').items
    end,
    function()
      return self:call('conflicts').conflicts
    end,
  })
  self.looking = false
  if fine then
    local status = results[1]
    self.daemon, self.units = status.daemon, status.units
    table.sort(self.units, function(one, other)
      return one.createdAt < other.createdAt
        or (one.createdAt == other.createdAt and one.id < other.id)
    end)
    self.items = results[2]
    self.conflicts = vim.tbl_filter(function(conflict)
      return self:live(conflict.a) and self:live(conflict.b)
    end, results[3])
    self:tell_new()
    self:changed()
  end -- else the session has just ended, and its successor looks again
  if self.stale and self.alive then
    self:look()
  end
end

--- Tell the operator of what waits for them since the last look.
function Pool:tell_new()
  local now, new = {}, {}
  for _, item in ipairs(self.items) do
    now[item.id] = true
    if self.known and not self.known[item.id] then
      table.insert(new, item)
    end
  end
  local first_look = not self.known
  self.known = now
  if not config.get().notify then
    return
  end
  if first_look and #self.items > 0 then
    local waits = text.count(#self.items, 'question waits', 'questions wait')
    notify.tell(waits .. ' for you: :Pointsman answer', vim.log.levels.WARN)
  end
  for _, item in ipairs(new) do
    local how = item.reason == 'CONFLICT' and ':Pointsman verdict' or ':Pointsman answer'
    local words = ('%s: %s  (%s)'):format(text.asks(item), text.one_line(item.text), how)
    notify.tell(words, vim.log.levels.WARN)
  end
end

--- Whether a participant is in the pool and has not ended; the operator always is.
---@param name string a chunk's
function Pool:live(name)
  local unit = self:unit(name)
  return name == 'operator' or (unit ~= nil and not text.ENDED[unit.status])
end

--- The newest unit of a chunk, or the one of that id.
---@param named string
---@return table?
function Pool:unit(named)
  for at = #self.units, 1, -1 do
    if self.units[at].id == named or self.units[at].chunk == named then
      return self.units[at]
    end
  end
end

--- The item of that id, or the first of a chunk or unit.
---@param named string
---@return table?
function Pool:item(named)
  for _, item in ipairs(self.items) do
    if item.id == named or item.chunk == named or item.unit == named then
      return item
    end
  end
end

---@return table[] conflicts that want a verdict
function Pool:open_conflicts()
  return vim.tbl_filter(function(conflict)
    return not conflict.resolved
  end, self.conflicts)
end

--- Keep a message box of the server's until it is answered.
---@param params table ShowMessageRequestParams
---@param answer fun(action: table?)
function Pool:add_box(params, answer)
  local box = { params = params }
  box.answer = function(action)
    for at, waiting in ipairs(self.boxes) do
      if waiting == box then
        table.remove(self.boxes, at)
        answer(action)
        self:changed()
        return
      end
    end
  end
  table.insert(self.boxes, box)
  self:changed()
end

return M
