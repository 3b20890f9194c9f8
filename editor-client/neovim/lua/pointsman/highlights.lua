--- Colours, all of them links: they fit whatever scheme is on, light or dark.
local M = {}

local LINKS = {
  PointsmanTitle = 'Title',
  PointsmanName = 'Identifier',
  PointsmanDim = 'Comment',
  PointsmanKey = 'Special',
  PointsmanPending = 'Comment',
  PointsmanReady = 'Normal',
  PointsmanRunning = 'DiagnosticInfo',
  PointsmanWaits = 'DiagnosticWarn',
  PointsmanBlocked = 'DiagnosticHint',
  PointsmanLanded = 'DiagnosticOk',
  PointsmanFailed = 'DiagnosticError',
  PointsmanEnded = 'Comment',
  PointsmanConflict = 'DiagnosticWarn',
  PointsmanDecided = 'DiagnosticInfo',
  PointsmanAdded = 'Added',
  PointsmanRemoved = 'Removed',
}

function M.define()
  for name, link in pairs(LINKS) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

return M
