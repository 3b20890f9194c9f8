-- The server as Neovim's own `vim.lsp.config` knows it; `vim.lsp.config('pointsman', {…})` in a
-- user's files adds to this.
return require('pointsman.session').config()
