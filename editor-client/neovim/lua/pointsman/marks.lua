--- How diagnostics look: a sign for each sort, and words at the end of the line.
local M = {}

local config = require('pointsman.config')
local text = require('pointsman.text')

local WORDS = 70 -- cells of a diagnostic at a line's end; the whole is in its float

--- The sort of a diagnostic, from its code and how grave it is.
---@param diagnostic vim.Diagnostic
---@return string sort, string group
local function sort_of(diagnostic)
  local code = tostring(diagnostic.code or '')
  local severity = vim.diagnostic.severity
  if code:find('^conflict') then
    if diagnostic.severity == severity.WARN then
      return 'conflict', 'PointsmanConflict'
    end
    return 'decided', 'PointsmanDecided'
  end
  local data = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data') or {}
  if data.item then
    if diagnostic.severity == severity.ERROR then
      return 'failed', 'PointsmanFailed'
    end
    return 'waits', 'PointsmanWaits'
  end
  return 'chunk', 'PointsmanWaits'
end

local signs = vim.api.nvim_create_namespace('pointsman.signs')

local waiting = {} ---@type table<integer, boolean> buffers that are shown once they are loaded

--- One sign a line: the gravest that is there.
vim.diagnostic.handlers['pointsman/signs'] = {
  show = function(namespace, buffer, diagnostics)
    if not vim.api.nvim_buf_is_loaded(buffer) then
      if not waiting[buffer] then
        waiting[buffer] = true
        vim.api.nvim_create_autocmd('BufRead', {
          buffer = buffer,
          once = true,
          callback = function()
            waiting[buffer] = nil
            vim.diagnostic.show(namespace, buffer)
          end,
        })
      end
      return
    end
    local shown = config.get().signs
    vim.api.nvim_buf_clear_namespace(buffer, signs, 0, -1)
    local by_line = {} ---@type table<integer, vim.Diagnostic>
    for _, diagnostic in ipairs(diagnostics) do
      local there = by_line[diagnostic.lnum]
      if not there or diagnostic.severity < there.severity then
        by_line[diagnostic.lnum] = diagnostic
      end
    end
    local last = vim.api.nvim_buf_line_count(buffer) - 1
    for line, diagnostic in pairs(by_line) do
      local sort, group = sort_of(diagnostic)
      if shown and shown[sort] then
        vim.api.nvim_buf_set_extmark(buffer, signs, math.min(line, last), 0, {
          sign_text = shown[sort],
          sign_hl_group = group,
          priority = 20,
        })
      end
    end
  end,
  hide = function(_, buffer)
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.api.nvim_buf_clear_namespace(buffer, signs, 0, -1)
    end
  end,
}

--- What stands at the end of a line: of a conflict, whose; of all else, the message.
---@param diagnostic vim.Diagnostic
local function at_line_end(diagnostic)
  local data = vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data') or {}
  if data.a and data.b then
    local open = data.verdict == 'ASK_OPERATOR' and ': verdict?' or ''
    return text.pair(data) .. open
  end
  return text.fit(text.one_line(diagnostic.message), WORDS)
end

--- Dress the diagnostics of a session. What a user has set for all diagnostics stays as it is, but
--- for signs and the words at the end of lines.
---@param client vim.lsp.Client
function M.dress(client)
  local settings = config.get()
  local words = settings.virtual_text
  if words == true then
    words = {
      spacing = 2,
      prefix = '',
      format = at_line_end,
    }
  end
  vim.diagnostic.config({
    virtual_text = words,
    underline = false, -- a conflict is about a whole function
    signs = settings.signs == false,
    ['pointsman/signs'] = settings.signs ~= false,
    severity_sort = true,
  }, vim.lsp.diagnostic.get_namespace(client.id))
end

return M
