# dockerd of two ages, unpacked below artifacts/tools instead of installed, so that none is started: Debian 12's, which knows no shim but
# containerd-shim-runc-v2, and sid's, which takes any.
# shellcheck shell=bash

# What the unpacked daemons need of this machine.
DOCKER_PACKAGES=(libdevmapper1.02.1 libsystemd0)

fetch_docker() {
    fetch_native_docker || warn "docker of this release could not be fetched; the tests with it fail"
    fetch_sid_docker || warn "docker of Debian sid could not be fetched; the tests with it fail"
    list_dockers
}

has_docker() {
    local version
    version=$(cat "$1" 2>/dev/null) && [[ -x $TOOLS/docker-$version/usr/sbin/dockerd ]]
}

fetch_native_docker() {
    local stamp=$TOOLS/docker-native.version found=$TOOLS/docker-new downloads=$TOOLS/docker-debs package
    local packages=(docker.io tini)
    has_docker "$stamp" && return 0
    say "fetch docker of this release"
    rm -rf "$found" "$downloads"
    mkdir -p "$found" "$downloads"
    (cd "$downloads" && { download_native "${packages[@]}" 2>/dev/null ||
        { retry 3 quietly "$ARTIFACTS/log/apt-update.log" apt-get update && download_native "${packages[@]}"; }; }) || return 1
    for package in "$downloads"/*.deb; do
        dpkg-deb --extract "$package" "$found" || return 1
    done
    rm -rf "$downloads"
    keep_docker "$found" "$stamp"
}

fetch_sid_docker() {
    local stamp=$TOOLS/docker-sid.version found=$TOOLS/docker-new
    has_docker "$stamp" && return 0
    update_suites || return 1
    say "fetch docker of sid"
    unpack_debian "$found" sid docker.io docker-cli tini-static || return 1
    keep_docker "$found" "$stamp"
}

# keep_docker DIR STAMP: gives the unpacked tree the name of its version.
keep_docker() {
    local version
    version=$(docker_version "$1/usr/sbin") || return 1
    rm -rf "$TOOLS/docker-$version"
    mv "$1" "$TOOLS/docker-$version"
    printf '%s\n' "$version" >"$2"
}

# `Docker version 20.10.24+dfsg1, build 5d6db84` is told as three numbers.
docker_version() {
    "$1/dockerd" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1 | grep .
}

# artifacts/tools/docker.list: one `version directory` line for each docker that the tests run; the directory holds usr/bin and usr/sbin.
list_dockers() {
    local directory version list=$TOOLS/docker.list
    for directory in "$TOOLS"/docker-*/usr; do
        [[ -x $directory/sbin/dockerd ]] && version=$(docker_version "$directory/sbin") && printf '%s %s\n' "$version" "$directory"
    done | sort -V -u -k1,1 >"$list.new"
    mv "$list.new" "$list"
}
