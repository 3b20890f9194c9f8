#!/bin/sh
# Installs the real agent programs that the tests beside this file drive, at pinned versions, into
# the user's cache folder. Needs Node.js 20 or later and npm; Claude Code needs a newer one, which
# comes with it. Safe to run again.
set -eu

folder="${POINTSMAN_TEST_AGENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/pointsman/test-agents}"

. "$(dirname "$0")/../cached.sh"

# No scripts, but for Node.js, which fetches its own program by one: what others would build (a
# terminal, a keychain) is not needed here.
cached "$folder" gemini 0.61.0 .bin/gemini @google/gemini-cli --ignore-scripts
cached "$folder" node 24.9.0 node/bin/node node
cached "$folder" claude 0.101.0 .bin/claude-agent-acp @agentclientprotocol/claude-agent-acp --ignore-scripts
