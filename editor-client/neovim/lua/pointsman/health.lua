--- `:checkhealth pointsman`.
local M = {}

local health = vim.health
local WAIT = 15000 -- milliseconds for the server's own doctor

--- Run something to its end; nil where it can't be.
---@param command string[]
---@param root string?
---@return vim.SystemCompleted?
local function run(command, root)
  local fine, done = pcall(function()
    return vim.system(command, { cwd = root, text = true }):wait(WAIT)
  end)
  return fine and done or nil
end

---@return string[]? command
local function check_program(root)
  local server = require('pointsman.server')
  local command, finished
  require('pointsman.task').run(function()
    command = server.find(root)
    finished = true
  end)
  vim.wait(WAIT, function()
    return finished
  end, 20)
  if not command then
    local missing = server.missing()
    health.error(missing.message, { missing.remedy })
    return nil
  end
  local said = run({ command[1], '--version' }, root)
  if not said or said.code ~= 0 then
    local why = said and vim.trim(said.stderr) or 'it could not be started'
    health.error(('%s does not work: %s'):format(command[1], why))
    return nil
  end
  health.ok(('%s, %s'):format(command[1], vim.trim(said.stdout)))
  return command
end

---@param root string
local function check_session(root)
  local session = require('pointsman.session')
  local client = session.client(root)
  local refusal = session.refusal(root)
  if client then
    local pool = require('pointsman.pool').of(root)
    local daemon = pool.daemon
    local words = daemon
        and ('the daemon of %s answers, process %d'):format(daemon.repository, daemon.pid)
      or 'the daemon answers'
    health.ok(words)
    local build = vim.tbl_get(client, 'server_info', 'version')
    if daemon and build and daemon.version ~= build then
      health.warn(('The daemon is %s, the program is %s.'):format(daemon.version, build), {
        'Run `pointsman daemon stop --drain`; a new one is started.',
      })
    end
  elseif refusal then
    health.error(refusal.message, { refusal.remedy })
  else
    health.info('no session yet: it begins with the first file, or :Pointsman')
  end
end

local SAY = { ok = health.ok, missing = health.warn, optional = health.info }

---@param command string[]
---@param root string
local function check_doctor(command, root)
  health.start('pointsman doctor')
  local said = run({ command[1], 'doctor', '--json' }, root)
  local fine, found = pcall(vim.json.decode, said and said.stdout or '')
  if not fine then
    health.warn('`pointsman doctor` did not answer.')
    return
  end
  for _, finding in ipairs(found.findings or {}) do
    local say = SAY[finding.state] or health.error
    local advice = finding.remedy ~= '' and finding.state ~= 'ok' and { finding.remedy } or nil
    say(('%s: %s'):format(finding.topic, finding.message), advice)
  end
end

function M.check()
  health.start('pointsman')
  if vim.fn.has('nvim-0.11') == 0 then
    health.error('Neovim 0.11 or newer is needed.')
    return
  end
  health.ok('Neovim ' .. tostring(vim.version()))
  if vim.fn.executable('git') == 0 then
    health.error('git is not on PATH.')
  end
  local root = require('pointsman.session').root()
  if root then
    health.ok('repository ' .. root)
  else
    health.info('no git repository here: Pointsman leaves this folder alone')
  end
  local command = check_program(root)
  if command and root then
    check_session(root)
    check_doctor(command, root)
  end
end

return M
