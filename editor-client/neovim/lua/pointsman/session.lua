--- One session with the server for each repository: started, found again, brought back.
---
--- Neovim starts a server for a buffer and forgets about it when it ends. Ours ends whenever its
--- daemon does (killed, updated, stopped), and comes back: after a pause, which grows while that
--- fails, all buffers of the repository are attached anew.
local M = {}

local config = require('pointsman.config')
local notify = require('pointsman.notify')
local server = require('pointsman.server')
local task = require('pointsman.task')

local NAME = 'pointsman'
local FIRST_PAUSE, LONGEST_PAUSE = 100, 10000 -- milliseconds
local LASTING = 5000 -- milliseconds after which a session counts as one that went well
local TELL_AT = 5 -- tries after which the operator is told

---@class pointsman.Session
---@field root string
---@field command string[]?
---@field tries integer how often in a row it ended too soon
---@field connected integer? since when, as `uv.now`
---@field refusal pointsman.Failure? why there is none
---@field waiting fun(client: vim.lsp.Client?, failure: pointsman.Failure?)[] for a session
---@field asked table<fun(problem: table), boolean> for an answer

local sessions = {} ---@type table<string, pointsman.Session>
local newest ---@type string? the root that a session was last wanted for

---@param root string
---@return pointsman.Session
local function session_of(root)
  sessions[root] = sessions[root] or { root = root, tries = 0, waiting = {}, asked = {} }
  return sessions[root]
end

--- Whether a folder is in one where agents write. Nothing in there is run, or believed, not what
--- its `.git` says either. Told from what is around it, where no agent writes.
---@param root string a real path
local function is_agents(root)
  for _, kind in ipairs({ 'workspaces', 'checks' }) do
    local state = root:match('^(.*/' .. ('%x'):rep(16) .. ')/' .. kind .. '/')
    if state and vim.uv.fs_stat(state .. '/units') then
      return true
    end
  end
  return false
end

--- The top folder of the repository that a path is in, or nil; nil in an agent's workspace too.
---@param path string
---@return string?
local function root_of_path(path)
  local found = vim.fs.root(path, '.git')
  local root = found and vim.fs.normalize(vim.uv.fs_realpath(found) or found)
  return root and not is_agents(root) and root or nil
end

--- The repository that a buffer belongs to: by its file, by what our own buffers say, else by the
--- folder that Neovim works in.
---@param bufnr integer? nil: the current one
---@return string?
function M.root(bufnr)
  local buffer = bufnr or vim.api.nvim_get_current_buf()
  if vim.b[buffer].pointsman_root then
    return vim.b[buffer].pointsman_root
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  local root = vim.bo[buffer].buftype == '' and name ~= '' and root_of_path(name)
  return root or root_of_path(vim.fn.getcwd())
end

--- The running session of a repository.
---@param root string
---@return vim.lsp.Client?
function M.client(root)
  for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
    if client.root_dir == root and not client:is_stopped() then
      return client
    end
  end
end

---@param root string?
---@return pointsman.Failure? why there is no session where one was tried
function M.refusal(root)
  return root and sessions[root] and sessions[root].refusal
end

--- Settle those who wait for a session.
---@param session pointsman.Session
---@param client vim.lsp.Client?
local function settle(session, client)
  local waiting = session.waiting
  session.waiting = {}
  for _, done in ipairs(waiting) do
    done(client, session.refusal)
  end
end

--- Attach every buffer of a file in the repository.
---@param session pointsman.Session
---@param client vim.lsp.Client
local function attach_all(session, client)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == '' and name ~= '' then
      if root_of_path(name) == session.root then
        vim.lsp.buf_attach_client(buffer, client.id)
      end
    end
  end
end

--- Begin a session where none runs, without a buffer.
---@param session pointsman.Session
local function start(session)
  local wanted = vim.deepcopy(vim.lsp.config[NAME])
  wanted.root_dir, newest = session.root, session.root
  vim.lsp.start(wanted, { attach = false })
end

---@param session pointsman.Session
local function come_back(session)
  session.tries = session.tries + 1
  local pause = math.min(FIRST_PAUSE * 2 ^ (session.tries - 1), LONGEST_PAUSE)
  if session.tries == TELL_AT then
    notify.tell('Lost its daemon, and tries again. See :checkhealth pointsman', vim.log.levels.WARN)
  end
  vim.defer_fn(function()
    if vim.v.exiting == vim.NIL and not M.client(session.root) then
      start(session)
    end
  end, pause)
end

--- `initialize` was answered: the session is there.
---@param session pointsman.Session
local function arrived(session)
  session.connected, session.refusal = vim.uv.now(), nil
  local client = M.client(session.root)
  if client then
    attach_all(session, client)
    require('pointsman.pool').of(session.root):connected(client)
  end
  settle(session, client)
end

--- The server is there, and will not serve.
---@param session pointsman.Session
---@param problem lsp.ResponseError
local function refused(session, problem)
  local data = type(problem.data) == 'table' and problem.data or {}
  local known = session.refusal and session.refusal.message
  session.refusal = { message = problem.message, remedy = data.remedy, code = data.code }
  if #session.waiting == 0 and known ~= problem.message then
    notify.failed(session.refusal)
  end
  settle(session, nil)
end

---@param session pointsman.Session
---@param code integer
---@param signal integer
local function left(session, code, signal)
  require('pointsman.pool').of(session.root):disconnected()
  for answer in pairs(session.asked) do -- Neovim forgets what a server left unanswered
    answer({ message = 'The session with Pointsman ended before the answer.' })
  end
  -- The server ends with 0 when it was told to, and with another code when its daemon went away.
  local meant = code == 0 and (signal == 0 or signal == 15)
  if meant or vim.v.exiting ~= vim.NIL then
    session.refusal = session.refusal or { message = 'The session with Pointsman has ended.' }
    settle(session, nil)
    session.refusal = nil
    return
  end
  if session.connected and vim.uv.now() - session.connected > LASTING then
    session.tries = 0
  end
  session.connected = nil
  come_back(session)
end

--- Start the server: `cmd` of the configuration.
---@param dispatchers vim.lsp.rpc.Dispatchers
---@param wanted vim.lsp.ClientConfig? Neovim 0.11 does not tell it
---@return vim.lsp.rpc.PublicClient
local function connect(dispatchers, wanted)
  local root = wanted and wanted.root_dir or newest or vim.fn.getcwd()
  local session = session_of(root)
  local command = vim.list_extend(vim.deepcopy(session.command or { 'pointsman' }), { 'lsp' })
  local ours = vim.tbl_extend('force', dispatchers, {
    on_exit = function(code, signal)
      dispatchers.on_exit(0, 0) -- that it ended is ours to tell, if it needs to be told
      vim.schedule(function()
        left(session, code, signal)
      end)
    end,
  })
  local rpc = vim.lsp.rpc.start(command, ours, { cwd = root, env = wanted and wanted.cmd_env })
  local request = rpc.request
  rpc.request = function(method, params, callback, ...)
    if method ~= 'initialize' then
      return request(method, params, callback, ...)
    end
    local options = params.initializationOptions or {}
    options.annotations = options.annotations or config.get().annotations
    params.initializationOptions = options
    return request(method, params, function(problem, result, ...)
      if problem then
        rpc.terminate()
        refused(session, problem)
        return
      end
      callback(problem, result, ...)
      vim.schedule(function()
        arrived(session)
      end)
    end, ...)
  end
  return rpc
end

--- `root_dir` of the configuration: says where a session is wanted, and for what is outside any
--- repository, nothing.
---@param bufnr integer
---@param on_dir fun(root: string)
local function wanted_at(bufnr, on_dir)
  local name = vim.api.nvim_buf_get_name(bufnr)
  local root = vim.bo[bufnr].buftype == '' and name ~= '' and root_of_path(name)
  if not root then
    return
  end
  task.run(function()
    local session = session_of(root)
    session.command = server.find(root)
    if session.command then
      newest = root
      on_dir(root)
    elseif not session.refusal then
      session.refusal = server.missing()
      notify.failed(session.refusal)
    end
  end)
end

--- The session of a repository, begun if need be. Only in a task; raises a Failure.
---@param root string
---@return vim.lsp.Client
function M.ensure(root)
  local running = M.client(root)
  if running and running.initialized then
    return running
  end
  local session = session_of(root)
  session.command = server.find(root)
  if not session.command then
    error(server.missing(), 0)
  end
  local client, failure = task.await(function(done)
    table.insert(session.waiting, done)
    start(session)
  end)
  if not client then
    error(failure or { message = 'There is no session with Pointsman.' }, 0)
  end
  return client
end

--- End the session. Only in a task.
---@param root string
function M.stop(root)
  local running = M.client(root)
  if running then
    running:stop()
    task.await(function(done)
      local timer = assert(vim.uv.new_timer())
      timer:start(20, 20, function()
        if running.rpc.is_closing() then
          timer:close()
          done()
        end
      end)
    end)
  end
end

--- End the session, and begin anew. Only in a task.
---@param root string
function M.restart(root)
  M.stop(root)
  session_of(root).tries = 0
  attach_all(session_of(root), M.ensure(root))
end

--- Have the server execute a command. Only in a task; raises a Failure where there is no session.
---@param root string
---@param asked table ExecuteCommandParams
---@param begun fun(cancel: fun())?
---@return table? problem
---@return table? result
function M.execute(root, asked, begun)
  local client, session = M.ensure(root), session_of(root)
  return task.await(function(done)
    local function answer(problem, result)
      session.asked[answer] = nil
      done(problem, result)
    end
    session.asked[answer] = true
    local _, request = client:request('workspace/executeCommand', asked, function(...)
      answer(...)
    end)
    if begun and request then
      begun(function()
        client:cancel_request(request)
      end)
    end
  end)
end

--- Ask the server for an operation. Only in a task; raises a Failure.
---@param root string
---@param operation string
---@param params table?
---@return table result
function M.call(root, operation, params)
  local problem, result = M.execute(root, {
    command = 'pointsman.' .. operation,
    arguments = { params and next(params) and params or vim.empty_dict() },
  })
  if problem then
    local data = type(problem.data) == 'table' and problem.data or {}
    error({ message = problem.message, remedy = data.remedy, code = data.code }, 0)
  end
  return result
end

--- A buffer is shown to the server.
---@param client vim.lsp.Client
---@param buffer integer
function M.attached(client, buffer)
  local settings = config.get()
  require('pointsman.marks').dress(client)
  if client:supports_method('textDocument/codeLens') then
    if vim.lsp.codelens.enable then
      vim.lsp.codelens.enable(true, { bufnr = buffer })
    else -- Neovim 0.11
      vim.lsp.codelens.refresh({ bufnr = buffer })
    end
  end
  if settings.annotations == 'hints' and client:supports_method('textDocument/inlayHint') then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
end

--- What `vim.lsp.config` is given.
---@return vim.lsp.Config
function M.config()
  return {
    cmd = connect,
    root_dir = wanted_at,
    -- Questions come as notifications and wait in a list; a message box would stop who types.
    init_options = { prompts = false, events = true },
    handlers = require('pointsman.handlers'),
    commands = require('pointsman.served'),
  }
end

return M
