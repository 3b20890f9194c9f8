--- Chunk documents on disk: which could go into the pool.
local M = {}

--- The names of all chunks that have a folder.
---@param pool pointsman.Pool
---@return string[]
function M.all(pool)
  local names = {}
  local folder = vim.fs.joinpath(pool.root, pool.daemon and pool.daemon.chunks or 'docs/chunks')
  for name, kind in vim.fs.dir(folder) do
    if kind == 'directory' then
      table.insert(names, name)
    end
  end
  table.sort(names)
  return names
end

--- What GOAL.md says of the chunk's status; nil where it can't be read.
---@param pool pointsman.Pool
---@param name string
---@return string?
local function status(pool, name)
  local folder = pool.daemon and pool.daemon.chunks or 'docs/chunks'
  local file = io.open(vim.fs.joinpath(pool.root, folder, name, 'GOAL.md'))
  if not file then
    return nil
  end
  local head = file:read(4096) or ''
  file:close()
  return head:match('\nstatus:%s*"?(%u+)')
end

--- Those that could be injected now: FUTURE, and not in the pool.
---@param pool pointsman.Pool
---@return string[]
function M.injectable(pool)
  return vim.tbl_filter(function(name)
    local unit = pool:unit(name)
    return status(pool, name) == 'FUTURE' and (not unit or not pool:live(name))
  end, M.all(pool))
end

return M
