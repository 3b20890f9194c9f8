-- What loading the plugin does: one command, colours, and the server for files in repositories.
-- Nothing else of it is read until it is needed.
if vim.g.loaded_pointsman then
  return
end
vim.g.loaded_pointsman = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.api.nvim_create_user_command('Pointsman', function()
    vim.notify('Pointsman needs Neovim 0.11 or newer.', vim.log.levels.ERROR)
  end, { nargs = '*' })
  return
end

vim.api.nvim_create_user_command('Pointsman', function(given)
  require('pointsman.commands').run(given)
end, {
  nargs = '*',
  bang = true,
  desc = 'Pointsman: agents at work on this repository',
  complete = function(...)
    return require('pointsman.commands').complete(...)
  end,
})

local group = vim.api.nvim_create_augroup('pointsman', {})

require('pointsman.highlights').define()
vim.api.nvim_create_autocmd('ColorScheme', {
  group = group,
  callback = function()
    require('pointsman.highlights').define()
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'pointsman' then
      require('pointsman.session').attached(client, event.buf)
    end
  end,
})

-- An answer file quotes what an agent says, which must set no options of this editor.
vim.api.nvim_create_autocmd('BufReadPre', {
  group = group,
  pattern = '*/answer-q*-*.md',
  callback = function()
    vim.bo.modeline = false
  end,
})

if require('pointsman.config').get().autostart then
  vim.lsp.enable('pointsman')
end
