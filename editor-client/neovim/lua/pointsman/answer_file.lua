--- The file in which an answer is written, in the editor's own way: opened below its line, sent
--- with `:Pointsman send`, by its lens or its code action, and closed when it has been.
local M = {}

--- The item that a path's file answers, or nil.
---@param path string
---@return string?
function M.item(path)
  return vim.fs.basename(path):match('^answer%-(q%d+)%-%x+%.md$')
end

--- The server has opened an answer file here: it belongs to the session, though it lies outside the
--- repository.
---@param client vim.lsp.Client
---@param buffer integer
function M.opened(client, buffer)
  vim.b[buffer].pointsman_root = client.root_dir
  vim.lsp.buf_attach_client(buffer, client.id)
  local last = vim.api.nvim_buf_line_count(buffer)
  if vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1] ~= '' then
    vim.api.nvim_buf_set_lines(buffer, last, last, false, { '' }) -- a line to write on
    vim.bo[buffer].modified = false
  end
  if vim.api.nvim_get_current_buf() == buffer then
    vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(buffer), 0 })
  end
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    vim.wo[window][0].winbar = ' Write below the line, then %#PointsmanKey#:Pointsman send%*'
  end
end

--- Send what is written, and close the file. Only in a task.
---@param pool pointsman.Pool
---@param item string
function M.send(pool, item)
  local result = pool:call('sendAnswer', { item = item })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if M.item(name) == item and vim.b[buffer].pointsman_root == pool.root then
      vim.api.nvim_buf_delete(buffer, { force = true })
    end
  end
  return result
end

--- Send the answer that the current buffer holds. Only in a task.
---@param pool pointsman.Pool
function M.send_here(pool)
  local item = M.item(vim.api.nvim_buf_get_name(0))
  if not item then
    error({
      message = 'This is no answer file.',
      remedy = ':Pointsman! answer opens one.',
    }, 0)
  end
  M.send(pool, item)
end

return M
