--- Work that waits without blocking the editor: straight lines of code over callbacks.
---
---     task.run(function()
---       local units = pool:call('status').units   -- waits here; the editor goes on
---     end)
local M = {}

--- What a call failed with: words for a person. Raised with `error`, told by `run`.
---@class pointsman.Failure
---@field message string
---@field remedy string?
---@field code string?

---@param thread thread
local function step(thread, ...)
  local fine, problem = coroutine.resume(thread, ...)
  if fine then
    return
  end
  if type(problem) == 'table' and problem.message then
    require('pointsman.notify').failed(problem)
  else
    error(debug.traceback(thread, tostring(problem)), 0)
  end
end

--- Run `work`; a failure that it raises is told to the operator.
---@param work fun()
function M.run(work)
  step(coroutine.create(work))
end

--- Begin something that calls back, and give what it calls back with. Only inside `run`.
---@param begin fun(done: fun(...))
function M.await(begin)
  local thread = assert(coroutine.running(), 'await is for what runs in a task')
  local results, waiting
  begin(function(...)
    if results then
      return
    end
    results = vim.F.pack_len(...)
    if waiting then
      vim.schedule(function()
        step(thread)
      end)
    end
  end)
  if not results then
    waiting = true
    coroutine.yield()
  end
  return vim.F.unpack_len(results)
end

--- Run several at once, and wait for all: their first results, in order. Raises the first failure.
---@param works (fun(): any)[]
---@return any[]
function M.all(works)
  local results, failure = {}, nil
  M.await(function(done)
    local left = #works
    for at, work in ipairs(works) do
      M.run(function()
        local fine, result = pcall(work)
        if fine then
          results[at] = result
        else
          failure = failure or result
        end
        left = left - 1
        if left == 0 then
          done()
        end
      end)
    end
  end)
  if failure then
    error(failure, 0)
  end
  return results
end

---@param opts table of `vim.ui.select`
---@return any? choice nil where nothing was chosen
function M.select(choices, opts)
  return M.await(function(done)
    vim.ui.select(choices, opts, function(choice)
      done(choice)
    end)
  end)
end

---@param opts table of `vim.ui.input`
---@return string? text nil where it was dismissed
function M.input(opts)
  return M.await(function(done)
    vim.ui.input(opts, function(text)
      done(text)
    end)
  end)
end

--- Run a program; its end as `vim.system` gives it. Raises where it can't be started.
---@param command string[]
---@param opts table?
---@return vim.SystemCompleted
function M.system(command, opts)
  return M.await(function(done)
    vim.system(command, opts or {}, function(ended)
      done(ended)
    end)
  end)
end

return M
