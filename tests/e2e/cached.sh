# For the install scripts beside this file: programs of others that tests drive, at pinned versions,
# in the user's cache folder.

# cached FOLDER NAME VERSION PROGRAM PACKAGE [NPM-OPTION [INSIDE]]: into FOLDER/NAME-VERSION, whole or not at
# all; prints the program's path
cached() {
    to="$1/$2-$3"
    if [ ! -e "$to/node_modules/$4" ]; then
        mkdir -p "$1"
        fresh=$(mktemp -d "$1/.$2.XXXXXX")
        trap 'rm -rf "$fresh"' EXIT
        npm install --prefix "$fresh" --no-audit --no-fund ${6:-} "$5@$3" >&2
        [ -z "${7:-}" ] || # whose own packages are named in a folder inside
            (cd "$fresh/$7" && npm install --omit=dev --ignore-scripts --no-audit --no-fund >&2)
        chmod 755 "$fresh"
        mv "$fresh" "$to"
    fi
    echo "$to/node_modules/$4"
}
