# Packages of newer Debian suites, unpacked below artifacts/tools instead of installed: other containerd versions, criu, runc and crun with
# their libraries, and the .proto files that containerd ships. The machine's own apt configuration stays as it is.
# shellcheck shell=bash

APT_HOME=$TOOLS/apt
PINNED_SUITES=(trixie sid)
CONTAINERD_SUITES=(trixie sid)

# The mirror that this machine already uses for its own release; no host is named here.
debian_mirror() {
    local codename
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }'
}

apt_config() {
    local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(debian_mirror)
    [[ -n $mirror ]] || { warn "apt names no Debian mirror for this release"; return 1; }
    mkdir -p "$APT_HOME"/{lists,cache/archives,parts}/partial
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
        "$mirror" "${PINNED_SUITES[*]}" "$keyring" >"$APT_HOME/suites.sources"
    cat >"$APT_HOME/apt.conf" <<TEXT
Dir::Etc::SourceList "$APT_HOME/suites.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$APT_HOME/lists";
Dir::State::status "/dev/null";
Dir::Cache "$APT_HOME/cache";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
TEXT
}

suites_apt() { APT_CONFIG=$APT_HOME/apt.conf "$@"; }

update_suites() {
    [[ -z ${SUITES_UPDATED:-} ]] || return 0
    apt_config || return 1
    say "read the package lists of ${PINNED_SUITES[*]}"
    retry 4 quietly "$ARTIFACTS/log/apt-suites.log" suites_apt apt-get update || return 1
    SUITES_UPDATED=1
}

# unpack_debian DIR SUITE PACKAGE…: downloads the packages and extracts all of them into DIR.
unpack_debian() {
    local directory=$1 suite=$2 package staging
    shift 2
    staging=$(mktemp -d "$TOOLS/unpack.XXXXXX")
    if ! (cd "$staging" && retry 4 quietly "$ARTIFACTS/log/apt-download.log" suites_apt apt-get download "${@/%//$suite}"); then
        rm -rf "$staging"
        return 1
    fi
    for package in "$staging"/*.deb; do
        dpkg-deb --extract "$package" "$staging/root" || { rm -rf "$staging"; return 1; }
    done
    rm -rf "$directory"
    mv "$staging/root" "$directory"
    rm -rf "$staging"
}

fetch_containerd() {
    local suite=$1 stamp=$TOOLS/containerd-$1.version version found
    version=$(cat "$stamp" 2>/dev/null) && [[ -x $TOOLS/containerd-$version/usr/bin/containerd ]] && return 0
    update_suites || return 1
    say "fetch containerd of $suite"
    found=$TOOLS/containerd-new-$suite
    unpack_debian "$found" "$suite" containerd || return 1
    version=$(containerd_version "$found/usr/bin") || return 1
    rm -rf "$TOOLS/containerd-$version"
    mv "$found" "$TOOLS/containerd-$version"
    printf '%s\n' "$version" >"$stamp"
}

# 1.7.24~ds1 and 2.1.9+unknown are both told as three numbers.
containerd_version() {
    local version
    version=$("$1/containerd" --version 2>/dev/null | awk '{ print $3 }' | grep -oE '^v?[0-9]+\.[0-9]+\.[0-9]+') || return 1
    printf '%s' "${version#v}"
}

# artifacts/tools/containerd.list: one `version directory` line for each containerd that the tests run against.
list_containerds() {
    local directory version list=$TOOLS/containerd.list
    for directory in /usr/bin "$TOOLS"/containerd-*/usr/bin; do
        [[ -x $directory/containerd ]] && version=$(containerd_version "$directory") && printf '%s %s\n' "$version" "$directory"
    done | sort -V -u -k1,1 >"$list.new"
    mv "$list.new" "$list"
}

# unpack_closure DIR PACKAGE…: packages of sid with all that they depend on. Sets `loader` and `libraries`, a search path, of the caller.
unpack_closure() {
    local directory=$1 closure
    mapfile -t closure < <(suites_apt apt-get -s -o APT::Default-Release=sid install "${@:2}" 2>/dev/null | awk '$1 == "Inst" { print $2 }')
    ((${#closure[@]})) || return 1
    unpack_debian "$directory" sid "${closure[@]}" || return 1
    # shellcheck disable=SC2046
    libraries=$(printf '%s:' $(find "$directory" -name '*.so.*' -printf '%h\n' | sort -u))
    libraries=${libraries%:}
    # shellcheck disable=SC2034
    loader=$(find "$directory" -name 'ld-linux*.so.*' | head -n 1)
}

# Debian 12 has no criu, and sid's needs a newer glibc: it runs through the loader and the libraries it was built for.
fetch_criu() {
    local tree=$TOOLS/criu wrapper=$TOOLS/bin/criu libraries loader
    [[ -x $wrapper ]] && "$wrapper" --version >/dev/null 2>&1 && return 0
    update_suites || return 1
    say "fetch criu with its libraries"
    unpack_closure "$tree" criu || return 1
    mkdir -p "$TOOLS/bin"
    printf '#!/bin/sh\nexec %q --library-path %q %q "$@"\n' "$loader" "$libraries" "$tree/usr/sbin/criu" >"$wrapper"
    chmod 755 "$wrapper"
    "$wrapper" --version >/dev/null
}

# fetch_runtime NAME FILE PACKAGE…: an OCI runtime of sid as NAME-sid. It needs a newer glibc, too, and starts itself again as /proc/self/exe,
# past any wrapper: so the file itself names the loader and the libraries that it was built for.
fetch_runtime() {
    local name=$1 file=$2 binary=$TOOLS/bin/$1-sid libraries loader
    [[ -x $binary ]] && "$binary" --version >/dev/null 2>&1 && return 0
    update_suites || return 1
    say "fetch $name of sid with its libraries"
    unpack_closure "$TOOLS/$name" "${@:3}" || return 1
    mkdir -p "$TOOLS/bin"
    patchelf --force-rpath --set-interpreter "$loader" --set-rpath "$libraries" --output "$binary" "$TOOLS/$name/$file" || return 1
    chmod 755 "$binary"
    "$binary" --version >/dev/null
}

# The .proto files as shipped: artifacts/tools/protos/{1.6,current}/github.com/containerd/…
fetch_protos() {
    local target=$TOOLS/protos staging=$TOOLS/protos-new
    local api=(golang-github-containerd-containerd-dev golang-github-containerd-cgroups-dev golang-github-gogo-protobuf-dev)
    [[ -d $target/1.6/github.com/gogo && -d $target/current ]] && return 0
    update_suites || return 1
    say "fetch containerd's .proto files"
    rm -rf "$staging"
    unpack_debian "$staging" sid golang-github-containerd-containerd-api-dev golang-github-containerd-cgroups-dev || return 1
    keep_protos "$staging" "$target/current"
    # 1.6 is this release's own, so its lists are the machine's.
    local downloads=$TOOLS/protos-debs
    rm -rf "$staging" "$downloads"
    mkdir -p "$downloads"
    (cd "$downloads" && { download_native "${api[@]}" || { retry 3 quietly "$ARTIFACTS/log/apt-update.log" apt-get update && download_native "${api[@]}"; }; }) || return 1
    for package in "$downloads"/*.deb; do
        dpkg-deb --extract "$package" "$staging"
    done
    keep_protos "$staging" "$target/1.6"
    rm -rf "$staging" "$downloads"
}

download_native() {
    quietly "$ARTIFACTS/log/apt-download.log" apt-get -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$@"
}

keep_protos() {
    local source=$1/usr/share/gocode/src target=$2
    rm -rf "$target"
    mkdir -p "$target"
    (cd "$source" && find . -name '*.proto' -not -path '*/vendor/*' -exec cp --parents {} "$target" \;)
}

fetch_tools() {
    local suite
    mkdir -p "$TOOLS"
    for suite in "${CONTAINERD_SUITES[@]}"; do
        fetch_containerd "$suite" || warn "containerd of Debian $suite could not be fetched; the tests run without it"
    done
    fetch_criu || warn "criu could not be fetched; checkpoint and restore cannot be tested"
    fetch_runtime runc usr/sbin/runc runc || warn "runc of Debian sid could not be fetched; the tests with it fail"
    # crun opens libcriu only when it is asked for a checkpoint, so that nothing depends on it.
    fetch_runtime crun usr/bin/crun crun libcriu2 || warn "crun of Debian sid could not be fetched; the tests with it fail"
    fetch_protos || warn "containerd's .proto files could not be fetched"
    list_containerds
}
