# Shared by all parts of build.sh: messages, stamps, freshness.
# shellcheck shell=bash

say() { printf '== %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

need_root() {
    [[ $(id -u) == 0 ]] || die "$1 needs root: run it with sudo"
}

# retry TIMES COMMAND…: a mirror that is being updated answers wrongly for some seconds.
retry() {
    local times=$1 attempt
    shift
    for ((attempt = 1; attempt <= times; attempt++)); do
        "$@" && return 0
        ((attempt < times)) && sleep $((attempt * 3))
    done
    return 1
}

# newer_than TARGET PATH…: true when TARGET is missing or a file below one of the paths is newer.
newer_than() {
    local target=$1
    shift
    [[ -e $target ]] || return 0
    [[ -n $(find "$@" -newer "$target" -not -path '*/bin/*' -not -path '*/obj/*' -print -quit 2>/dev/null) ]]
}

# quietly LOG COMMAND…: the output goes to a file, and to the screen only when the command fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        return 1
    fi
}
