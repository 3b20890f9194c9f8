#!/bin/sh
# Installs the real agent programs that the tests beside this file drive, at pinned versions, into
# the user's cache folder. Needs Node.js 20 or later and npm. Safe to run again.
set -eu

folder="${POINTSMAN_TEST_AGENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/pointsman/test-agents}"
gemini=0.61.0

if [ ! -x "$folder/gemini-$gemini/node_modules/.bin/gemini" ]; then
    mkdir -p "$folder"
    fresh=$(mktemp -d "$folder/.gemini.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    # No scripts: what they would build (a terminal, a keychain) is not needed here.
    npm install --prefix "$fresh" --no-audit --no-fund --ignore-scripts \
        "@google/gemini-cli@$gemini"
    chmod 755 "$fresh"
    mv "$fresh" "$folder/gemini-$gemini"
fi
echo "$folder/gemini-$gemini/node_modules/.bin/gemini"
