--- The server's commands that are better done here: from a code action or a lens.
local config = require('pointsman.config')
local pools = require('pointsman.pool')
local task = require('pointsman.task')

--- A command of the server's that is better done here: from a code action or a lens.
---@param act fun(pool: pointsman.Pool, argument: table)
local function here(act)
  return function(command, ctx)
    local client = vim.lsp.get_client_by_id(ctx.client_id)
    task.run(function()
      act(pools.of(assert(client).root_dir), (command.arguments or {})[1] or {})
    end)
  end
end

local function unit_named(pool, argument)
  return pool:call('unit', { unit = argument.unit }).unit
end

return {
  ['pointsman.showDiff'] = here(function(pool, argument)
    require('pointsman.diff').open(pool, unit_named(pool, argument), argument.path)
  end),
  ['pointsman.sendAnswer'] = here(function(pool, argument)
    require('pointsman.answer_file').send(pool, argument.item)
  end),
  ['pointsman.showTranscript'] = here(function(pool, argument)
    local how_opened = config.get().windows.transcript
    require('pointsman.transcript').open(pool, unit_named(pool, argument), how_opened)
  end),
}
