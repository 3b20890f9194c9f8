#!/bin/sh
# Installs the real agent programs that the tests beside this file drive, at pinned versions, into
# the user's cache folder. Needs Node.js 20 or later and npm; Claude Code needs a newer one, which
# comes with it. Safe to run again.
set -eu

folder="${POINTSMAN_TEST_AGENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/pointsman/test-agents}"

# install NAME VERSION PROGRAM PACKAGE [NPM-OPTION]: into $folder/NAME-VERSION, whole or not at all
install() {
    to="$folder/$1-$2"
    if [ ! -x "$to/node_modules/$3" ]; then
        mkdir -p "$folder"
        fresh=$(mktemp -d "$folder/.$1.XXXXXX")
        trap 'rm -rf "$fresh"' EXIT
        npm install --prefix "$fresh" --no-audit --no-fund ${5:-} "$4@$2"
        chmod 755 "$fresh"
        mv "$fresh" "$to"
    fi
    echo "$to/node_modules/$3"
}

# No scripts, but for Node.js, which fetches its own program by one: what others would build (a
# terminal, a keychain) is not needed here.
install gemini 0.61.0 .bin/gemini @google/gemini-cli --ignore-scripts
install node 24.9.0 node/bin/node node
install claude 0.101.0 .bin/claude-agent-acp @agentclientprotocol/claude-agent-acp --ignore-scripts
