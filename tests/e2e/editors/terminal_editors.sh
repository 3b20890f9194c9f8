#!/bin/sh
# Unpacks the editors that the tests beside this file drive into the user's cache folder, where the
# system has none that is new enough. They come from Debian, checked by its keys; nothing of the
# system is changed. Needs an amd64 or arm64 Debian or Ubuntu with apt-get; safe to run again.
#
#   terminal_editors.sh [PROGRAM …]   neovim (the default), helix, luacheck
#
# The last line of each is the program to start.
set -eu

folder="${POINTSMAN_TEST_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/pointsman/test-editors}"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
mirror=${POINTSMAN_DEBIAN_MIRROR:-http://deb.debian.org/debian}

fail() {
    printf 'editors: %s\n' "$*" >&2
    exit 1
}

# own_apt WHERE SUITE: an apt of our own, which knows one suite and believes that nothing is
# installed, so that it names every package that a program needs.
own_apt() {
    mkdir -p "$1/lists/partial" "$1/cache/archives/partial" "$1/parts"
    : >"$1/status"
    printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$2" >"$1/sources.list"
    cat >"$1/apt.conf" <<END
Dir::Etc::SourceList "$1/sources.list";
Dir::Etc::SourceParts "$1/parts";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$1/parts";
Dir::State "$1";
Dir::State::Lists "$1/lists";
Dir::State::Status "$1/status";
Dir::Cache "$1/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
END
}

# is_recent_nvim: whether the one on PATH is new enough for the plugin
is_recent_nvim() {
    nvim --version 2>/dev/null | awk 'NR == 1 {
        split(substr($2, 2), v, "."); ok = v[1] > 0 || v[2] >= 11 } END { exit !ok }'
}

# unpack NAME SUITE PROGRAM PACKAGE [SCRIPT]: into $folder/NAME, whole or not at all
unpack() {
    to="$folder/$1"
    if [ ! -x "$to/$1" ]; then
        command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
            fail "this is no Debian: install $4 yourself and put it on PATH"
        [ -r "$keys" ] || fail "the package debian-archive-keyring is not installed"
        mkdir -p "$folder"
        fresh=$(mktemp -d "$folder/.$1.XXXXXX")
        trap 'rm -rf "$fresh"' EXIT
        own_apt "$fresh/apt" "$2"
        export APT_CONFIG="$fresh/apt/apt.conf"
        apt-get update -qq || fail "the package lists of Debian's $2 can't be had"
        apt-get install -y -qq --download-only "$4" patchelf >/dev/null ||
            fail "the packages of $4 can't be had"
        mkdir "$fresh/root"
        for package in "$fresh"/apt/cache/archives/*.deb; do
            dpkg-deb -x "$package" "$fresh/root"
        done
        rm -rf "$fresh/apt"
        launcher "$fresh" "$to" "$1" "$3" "${5:-}"
        chmod 755 "$fresh"
        rm -rf "$to"
        mv "$fresh" "$to"
        trap - EXIT
    fi
    echo "$to/$1"
}

# launcher FRESH FINAL NAME PROGRAM SCRIPT: let the program use what is beside it, not the system's.
# (Called through ld.so it would work too, but not start itself again, as Neovim's screen does.)
launcher() {
    libraries=$(dirname "$(cd "$1/root" && find usr/lib -name 'libc.so.6' | head -1)")
    loader=$(cd "$1/root" && find usr/lib lib lib64 -name 'ld-linux-*.so.*' 2>/dev/null | head -1)
    [ -n "$loader" ] || fail "there is no loader among the packages"
    program=$(readlink -f "$1/root/$4")
    patch_with_own_loader "$1/root" "$libraries" "$loader" \
        --set-interpreter "$2/root/$loader" --force-rpath --set-rpath "$2/root/$libraries" \
        "$program"
    cat >"$1/$3" <<END
#!/bin/sh
here=\$(dirname "\$(readlink -f "\$0")")/root
export VIMRUNTIME="\$here/usr/share/nvim/runtime" HELIX_RUNTIME="\$here/usr/lib/helix/runtime"
export LUA_PATH="\$here/usr/share/lua/5.1/?.lua;\$here/usr/share/lua/5.1/?/init.lua;;"
export LUA_CPATH="\$here/$libraries/lua/5.1/?.so;\$here/usr/lib/lua/5.1/?.so;;"
exec "\$here/${program#"$1/root/"}" ${5:+"\"\$here/$5\""} "\$@"
END
    chmod 755 "$1/$3"
}

# patch_with_own_loader ROOT LIBRARIES LOADER ARGUMENT …: patchelf, which came with the packages
patch_with_own_loader() {
    root=$1 libraries_of=$2 loader_of=$3
    shift 3
    "$root/$loader_of" --library-path "$root/$libraries_of" "$root/usr/bin/patchelf" "$@"
}

for editor in "${@:-neovim}"; do
    case $editor in
    neovim) if is_recent_nvim; then command -v nvim; else unpack nvim forky usr/bin/nvim neovim; fi ;;
    helix) unpack hx forky usr/bin/hx hx ;;
    luacheck) unpack luacheck forky usr/bin/lua5.1 lua-check usr/bin/luacheck ;;
    *) fail "there is no $editor here" ;;
    esac
done
