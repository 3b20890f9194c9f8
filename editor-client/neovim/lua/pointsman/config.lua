--- The plugin's settings: `vim.g.pointsman`, or what `require('pointsman').setup` is given.
local M = {}

---@class pointsman.Config
local defaults = {
  --- The program `pointsman`: a path, or a list of its words. nil: looked for.
  ---@type string|string[]|nil
  server = nil,
  --- Start the server by itself for files in git repositories.
  autostart = true,
  --- Tell of new questions and failures with `vim.notify`.
  notify = true,
  --- Who touches what you look at: as `lenses` above symbols (`grx` runs the one under the cursor),
  --- as `hints` at the ends of lines, or `none`.
  annotations = 'lenses',
  --- Diagnostics at the ends of lines: true, false, or `vim.diagnostic.Opts.VirtualText`.
  ---@type boolean|table
  virtual_text = true,
  --- The sign of each sort of diagnostic; `false` leaves signs to Neovim.
  ---@type table<string, string>|false
  signs = { conflict = '⇄', decided = '→', waits = '◆', failed = '✗', chunk = '!' },
  --- Keys in the list of units; `false` takes one away.
  ---@type table<string, string|false>
  keys = {},
  --- How the windows are opened: any Ex command prefix.
  windows = { units = 'botright 14', transcript = 'botright vertical' },
}

local given ---@type table?

---@param opts table?
function M.set(opts)
  given = opts
end

---@return pointsman.Config
function M.get()
  return vim.tbl_deep_extend('force', defaults, vim.g.pointsman or {}, given or {})
end

return M
