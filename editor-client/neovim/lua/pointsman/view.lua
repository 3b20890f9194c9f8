--- Buffers of our own: made once for each name, written by segments of text and colour.
local M = {}

local colours = vim.api.nvim_create_namespace('pointsman.view')

---@alias pointsman.Segment {[1]: string, [2]: string?} text and highlight group

--- The buffer of that name, new or known.
---@param name string after `pointsman://`
---@param root string
---@param filetype string?
---@return integer buffer
---@return boolean made
function M.buffer(name, root, filetype)
  local full = 'pointsman://' .. name
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer) == full and vim.b[buffer].pointsman_root == root then
      if vim.api.nvim_buf_is_loaded(buffer) then
        return buffer, false
      end
      vim.api.nvim_buf_delete(buffer, { force = true })
    end
  end
  local buffer = vim.api.nvim_create_buf(false, true)
  pcall(vim.api.nvim_buf_set_name, buffer, full) -- taken where two repositories have the name
  vim.b[buffer].pointsman_root = root
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].filetype = filetype or ''
  return buffer, true
end

--- Show a buffer in a window that it is in already, else in a new one.
---@param buffer integer
---@param how string an Ex command prefix, such as `botright 12`
---@return integer window
function M.show(buffer, how)
  local window = vim.fn.bufwinid(buffer)
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
    return window
  end
  vim.cmd(how .. ' split')
  window = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(window, buffer)
  M.plain(window)
  return window
end

--- A window without what is of use for source code only.
---@param window integer
function M.plain(window)
  local options = {
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldcolumn = '0',
    spell = false,
    list = false,
    colorcolumn = '',
    fillchars = 'eob: ',
  }
  for option, value in pairs(options) do
    vim.api.nvim_set_option_value(option, value, { win = window, scope = 'local' })
  end
end

--- Put lines of segments into a buffer, from line `from` (0-based) to its end.
---@param buffer integer
---@param lines pointsman.Segment[][]
---@param from integer?
function M.write(buffer, lines, from)
  local first = from or 0
  local texts = {}
  for at, segments in ipairs(lines) do
    local words = {}
    for _, segment in ipairs(segments) do
      words[#words + 1] = segment[1]
    end
    texts[at] = table.concat(words)
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, first, -1, false, texts)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  vim.api.nvim_buf_clear_namespace(buffer, colours, first, -1)
  for at, segments in ipairs(lines) do
    local column = 0
    for _, segment in ipairs(segments) do
      local stop = column + #segment[1]
      if segment[2] then
        vim.api.nvim_buf_set_extmark(buffer, colours, first + at - 1, column, {
          end_col = stop,
          hl_group = segment[2],
        })
      end
      column = stop
    end
  end
end

--- A small window in the middle, closed by q, Esc or by leaving it.
---@param lines pointsman.Segment[][]
---@param title string
function M.float(lines, title)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = 'wipe'
  M.write(buffer, lines)
  local width = 20
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 1)
  end
  width = math.min(width, vim.o.columns - 4)
  local height = math.min(#lines, vim.o.lines - 6)
  local window = vim.api.nvim_open_win(buffer, true, {
    relative = 'editor',
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = (' %s '):format(title),
    title_pos = 'center',
  })
  for _, key in ipairs({ 'q', '<Esc>', '?' }) do
    vim.keymap.set('n', key, '<Cmd>close<CR>', { buffer = buffer, nowait = true })
  end
  vim.api.nvim_create_autocmd('WinLeave', {
    buffer = buffer,
    once = true,
    callback = function()
      pcall(vim.api.nvim_win_close, window, true)
    end,
  })
end

return M
