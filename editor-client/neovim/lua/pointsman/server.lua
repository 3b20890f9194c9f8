--- Where the program `pointsman` is.
local M = {}

local config = require('pointsman.config')
local task = require('pointsman.task')

local ENVIRONMENTS = { '.venv', 'venv' }

--- The program of a virtual environment in the repository. One that is part of the repository's own
--- content is left alone: whoever wrote it would run code here as soon as a file is opened.
---@param root string
---@return string?
local function of_project(root)
  for _, folder in ipairs(ENVIRONMENTS) do
    local program = vim.fs.joinpath(root, folder, 'bin', 'pointsman')
    if vim.fn.executable(program) == 1 then
      local asked = { 'git', '-c', 'core.fsmonitor=false', '-C', root, 'ls-files', '--' }
      table.insert(asked, ':(icase)' .. folder) -- as some file systems find it
      local fine, tracked = pcall(task.system, asked)
      if fine and tracked.code == 0 and tracked.stdout == '' then
        return program
      end
    end
  end
end

--- The command for a repository, or nil. Only in a task.
---@param root string? the repository's top folder
---@return string[]? command
function M.find(root)
  local set = config.get().server
  if set then
    local command = type(set) == 'table' and vim.deepcopy(set) or { set }
    command[1] = vim.fn.exepath(vim.fs.normalize(command[1]))
    return command[1] ~= '' and command or nil
  end
  local program = vim.fn.exepath('pointsman')
  if program == '' and vim.env.VIRTUAL_ENV then
    program = vim.fn.exepath(vim.fs.joinpath(vim.env.VIRTUAL_ENV, 'bin', 'pointsman'))
  end
  if program == '' then
    program = root and of_project(root) or ''
  end
  return program ~= '' and { program } or nil
end

--- Where there is none.
---@return pointsman.Failure
function M.missing()
  local set = config.get().server
  if set then
    local named = type(set) == 'table' and set[1] or set
    return {
      code = 'server-missing',
      message = ('There is no program %s.'):format(named),
      remedy = 'Mend `server` in vim.g.pointsman.',
    }
  end
  return {
    code = 'server-missing',
    message = "The program `pointsman` is not on PATH, nor in the project's virtual environment.",
    remedy = 'Put it there, or name it: vim.g.pointsman = { server = "/path/to/pointsman" }.',
  }
end

return M
