--- What the server sends that Neovim would show otherwise, or not at all.
local notify = require('pointsman.notify')

local LEVELS = { vim.log.levels.ERROR, vim.log.levels.WARN, vim.log.levels.INFO }

---@param ctx lsp.HandlerContext
---@return pointsman.Pool?
local function pool_of(ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  return client and client.root_dir and require('pointsman.pool').of(client.root_dir)
end

return {
  ['pointsman/event'] = function(_, event, ctx)
    local pool = pool_of(ctx)
    if pool then
      pool:heard(event)
    end
  end,

  ['window/showMessage'] = function(_, params)
    notify.tell(params.message, LEVELS[params.type] or vim.log.levels.INFO)
  end,

  -- Neovim's own blocks everything until it is answered. Here it waits in the list of what
  -- `:Pointsman answer` offers, and is answered when the operator chooses.
  ['window/showMessageRequest'] = function(_, params, ctx)
    local pool = pool_of(ctx)
    if not pool or not params.actions or #params.actions == 0 then
      notify.tell(params.message, LEVELS[params.type])
      return vim.NIL
    end
    notify.tell(params.message .. '  (:Pointsman answer)', LEVELS[params.type])
    local thread = coroutine.running()
    pool:add_box(params, function(action)
      vim.schedule(function()
        coroutine.resume(thread, action or vim.NIL)
      end)
    end)
    return coroutine.yield()
  end,

  ['window/showDocument'] = function(problem, params, ctx)
    local client = vim.lsp.get_client_by_id(ctx.client_id)
    local answers = require('pointsman.answer_file')
    local answer = client and not params.external and answers.item(vim.uri_to_fname(params.uri))
    if answer then
      params.selection = nil -- behind the last line, which Neovim takes for a mistake
    end
    local shown = vim.lsp.handlers['window/showDocument'](problem, params, ctx)
    if answer then
      answers.opened(assert(client), vim.uri_to_bufnr(params.uri))
    end
    return shown
  end,

  ['$/progress'] = function(problem, params, ctx)
    local follow = require('pointsman.transcript').followers[params.token]
    if follow then
      follow(params.value)
    else
      return vim.lsp.handlers['$/progress'](problem, params, ctx)
    end
  end,
}
