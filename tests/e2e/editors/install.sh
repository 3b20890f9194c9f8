#!/bin/sh
# Installs what the tests of the VS Code extension drive, at pinned versions, into the user's cache
# folder: the real workbench (from code-server), the Node.js that it needs, and Playwright; and
# builds the extension. Safe to run again: a second run takes a moment. Needs Node.js 20 or later
# and npm. The browser comes from Debian.
set -eu
cd "$(dirname "$0")/../../.."
. tests/e2e/cached.sh

cache="${XDG_CACHE_HOME:-$HOME/.cache}/pointsman"
agents="${POINTSMAN_TEST_AGENTS:-$cache/test-agents}"
folder="${POINTSMAN_TEST_EDITORS:-$cache/test-editors}"
playwright=1.65.2

if ! command -v chromium >/dev/null; then
    install="apt-get install -y --no-install-recommends chromium"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install -qq >/dev/null
    else
        echo "chromium is missing. Run: sudo apt-get update && sudo $install" >&2
    fi
fi

node=$(cached "$agents" node 24.9.0 node/bin/node node)
PATH="$(dirname "$node"):$PATH"
cached "$folder" code 4.139.1 code-server/lib/vscode/out/server-main.js code-server \
    --ignore-scripts node_modules/code-server/lib/vscode

if [ ! -d "$folder/playwright-$playwright" ]; then
    fresh=$(mktemp -d "$folder/.playwright.XXXXXX")
    .venv/bin/python -m pip --disable-pip-version-check --quiet install --only-binary :all: \
        --target "$fresh" "playwright==$playwright"
    chmod 755 "$fresh"
    mv "$fresh" "$folder/playwright-$playwright"
fi

scripts/build-vscode
