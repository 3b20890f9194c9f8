--- What a unit has changed: a tab with base on the left and the unit's version on the right.
---
--- The right side is base's text with the server's patch on it, never a file of the workspace: what
--- an agent leaves there may be a link to anywhere.
local M = {}

local patch = require('pointsman.patch')
local task = require('pointsman.task')
local text = require('pointsman.text')
local view = require('pointsman.view')

--- A file's lines at base; none for one that is not there.
---@param root string
---@param base string
---@param path string
---@return string[]
local function at_base(root, base, path)
  local asked = { 'git', '-c', 'core.fsmonitor=false', 'cat-file', 'blob', base .. ':' .. path }
  local done = task.system(asked, { cwd = root })
  if done.code ~= 0 then
    return {}
  end
  local lines = vim.split(done.stdout, '\n', { plain = true })
  if lines[#lines] == '' then
    table.remove(lines)
  end
  return lines
end

---@param buffer integer
---@param lines string[]
---@param path string
local function fill(buffer, lines, path)
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(
    buffer,
    0,
    -1,
    false,
    vim.tbl_map(function(line)
      return (line:gsub('\n', '�'))
    end, lines)
  )
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  local kind = vim.filetype.match({ filename = path, contents = lines })
  if kind and vim.bo[buffer].syntax ~= kind then
    vim.bo[buffer].syntax = kind -- colours only: no filetype, so nobody's language server starts
  end
end

---@class pointsman.Shown a tab with the diff of one unit
---@field chunk string
---@field files table[] DiffFiles
---@field at integer which is shown
---@field windows integer[]

--- The bar above both windows.
---@param shown pointsman.Shown
---@param base string
local function label(shown, base)
  local file = shown.files[shown.at]
  local counts = file.added
      and ('%%#PointsmanAdded#+%d %%#PointsmanRemoved#−%d%%*'):format(
        file.added,
        file.removed or 0
      )
    or 'not text'
  local of = #shown.files > 1 and ('%d of %d  ]f next  [f back  '):format(shown.at, #shown.files)
    or ''
  local path = text.bar(file.path)
  if file.oldPath then
    path = text.bar(file.oldPath) .. ' → ' .. path
  end
  local left, right = shown.windows[1], shown.windows[2]
  vim.wo[left].winbar = (' %s%%=%%#PointsmanDim#base %s '):format(path, base:sub(1, 7))
  vim.wo[right].winbar = (' %%#PointsmanName#%s%%*  %s%%=%%#PointsmanDim#%sq close '):format(
    text.bar(shown.chunk),
    counts,
    of
  )
end

--- Open the diff of a unit in a tab. Only in a task.
---@param pool pointsman.Pool
---@param unit table WorkUnit
---@param path string? the file to begin with
function M.open(pool, unit, path)
  local result = pool:call('diff', { unit = unit.id })
  if #result.files == 0 then
    require('pointsman.notify').said(('%s has changed nothing yet.'):format(unit.chunk))
    return
  end
  local hunks = patch.hunks(result.patch)
  local folder = vim.tbl_get(pool, 'daemon', 'chunks') or 'docs/chunks'
  local function rank(file) -- what others may be in first, what it says of itself last
    return vim.startswith(file.path, folder .. '/') and 2 or file.status == 'A' and 1 or 0
  end
  table.sort(result.files, function(one, other)
    local first, second = rank(one), rank(other)
    return first < second or (first == second and one.path < other.path)
  end)
  local shown = { chunk = unit.chunk, files = result.files, at = 1, windows = {} }

  vim.cmd('tab split')
  local tab = vim.api.nvim_get_current_tabpage()
  local left = view.buffer(('%s/base'):format(unit.id), pool.root)
  local right = view.buffer(('%s/changed'):format(unit.id), pool.root)
  shown.windows[1] = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(shown.windows[1], left)
  vim.cmd('rightbelow vertical split')
  shown.windows[2] = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(shown.windows[2], right)

  local function show(at)
    task.run(function()
      local file = shown.files[at]
      local base = at_base(pool.root, result.base, file.oldPath or file.path)
      if not vim.api.nvim_buf_is_valid(left) or not vim.api.nvim_buf_is_valid(right) then
        return
      end
      local changed = file.status == 'D' and {} or patch.apply(base, hunks[file.path] or {})
      shown.at = at
      fill(left, base, file.path)
      fill(right, changed, file.path)
      for _, window in ipairs(shown.windows) do
        vim.api.nvim_win_call(window, function()
          view.plain(window)
          vim.cmd('diffthis')
          vim.wo[window].number = true
          vim.wo[window].fillchars = 'eob: ,diff:╱'
        end)
      end
      label(shown, result.base)
      vim.api.nvim_win_call(shown.windows[2], function()
        vim.cmd('normal! gg')
        pcall(vim.cmd, 'silent! normal! ]czz')
      end)
      if result.cut then
        require('pointsman.notify').said('The diff is too long to be shown whole.')
      end
    end)
  end

  for _, buffer in ipairs({ left, right }) do
    local function map(key, act, what)
      vim.keymap.set('n', key, act, { buffer = buffer, nowait = true, desc = what })
    end
    map(']f', function()
      show(shown.at % #shown.files + 1)
    end, 'Pointsman: the next file')
    map('[f', function()
      show((shown.at - 2) % #shown.files + 1)
    end, 'Pointsman: the file before')
    map('q', function()
      if #vim.api.nvim_list_tabpages() > 1 and vim.api.nvim_tabpage_is_valid(tab) then
        vim.cmd.tabclose(vim.api.nvim_tabpage_get_number(tab))
      end
    end, 'Pointsman: close the diff')
  end
  for at, file in ipairs(shown.files) do
    if file.path == path then
      return show(at)
    end
  end
  show(1)
end

return M
