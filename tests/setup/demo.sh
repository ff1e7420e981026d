# Shows the product: a container inside a .NET process, then the same through containerd.
# shellcheck shell=bash

EMBEDDED_PROJECT=samples/EmbeddedHost
DEMO_COMMAND='for n in 1 2 3; do echo "hello $n from pid $$ on $(uname -n)"; sleep 1; done; exit 7'

demo() {
    need_root "a container"
    need_dotnet
    [[ -d $EMBEDDED_PROJECT ]] || die "$EMBEDDED_PROJECT does not exist"
    install_packages "${DEMO_PACKAGES[@]}"
    make_rootfs
    demo_embedded
    demo_containerd
    demo_next
}

demo_embedded() {
    local status=0 binary=$ARTIFACTS/bin/EmbeddedHost/release/EmbeddedHost
    if newer_than "$binary" src "$EMBEDDED_PROJECT" "${BUILD_INPUTS[@]}"; then
        say "build $EMBEDDED_PROJECT"
        quietly "$ARTIFACTS/log/demo.log" dotnet build "$EMBEDDED_PROJECT" -c Release || die "building the demo failed (log: $ARTIFACTS/log/demo.log)"
        touch "$binary"
    fi
    say "in process: EmbeddedHost runs a container by itself, without containerd"
    "$binary" run --rm --events --name demo --memory 64m --rootfs "$ROOTFS" sh -c "$DEMO_COMMAND" || status=$?
    ((status == 7)) || die "the container in process should have ended with 7, not $status"
    say "the container ended with exit code $status, as its command said"
}

demo_containerd() {
    local runtime=${DEMO_RUNTIME:-io.containerd.dotnet.v1}
    if ! command -v containerd >/dev/null || ! command -v ctr >/dev/null; then
        say "containerd is not installed: 'apt-get install containerd' and run this again to see the shim under it"
        return 0
    fi
    if [[ $runtime == io.containerd.dotnet.v1 ]]; then
        [[ -d $SHIM_PROJECT ]] || die "$SHIM_PROJECT does not exist"
        publish_shim "$ARTIFACTS/shim"
    fi
    say "through containerd $(containerd_version "$(dirname "$(command -v containerd)")"), runtime $runtime"
    # A subshell, so that its trap ends what it started however it is left.
    (private_containerd_demo "$runtime") || die "the run through containerd failed"
}

private_containerd_demo() {
    local runtime=$1 directory containerd events='' status=0
    directory=$(mktemp -d /tmp/csd-XXXXXX)
    # shellcheck disable=SC2064
    trap "end_containerd_demo $directory" EXIT
    cat >"$directory/config.toml" <<TEXT
version = 2
root = "$directory/root"
state = "$directory/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images",
  "io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$directory/c.sock"
[ttrpc]
  address = "$directory/c.sock.ttrpc"
TEXT
    PATH=$ARTIFACTS/shim:$PATH containerd --config "$directory/config.toml" >"$directory/containerd.log" 2>&1 </dev/null &
    containerd=$!
    echo "$containerd" >"$directory/pids"
    demo_containerd_answers "$directory" || { tail -n 5 "$directory/containerd.log" >&2; return 1; }
    demo_ctr "$directory" events >"$directory/events" 2>&1 &
    events=$!
    echo "$events" >>"$directory/pids"
    demo_ctr "$directory" run --rm --runtime "$runtime" --env PATH=/bin --rootfs "$ROOTFS" demo /bin/sh -c "$DEMO_COMMAND" || status=$?
    say "ctr ended with exit code $status; containerd told of these events:"
    grep -oE ' /(tasks|containers)/[a-z-]+ ' "$directory/events" | sed 's/^/  /' || true
    ((status == 7))
}

demo_containerd_answers() {
    local attempt
    for ((attempt = 0; attempt < 150; attempt++)); do
        demo_ctr "$1" version >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}

demo_ctr() {
    local directory=$1
    shift
    ctr --address "$directory/c.sock" --namespace "$(basename "$directory")" "$@"
}

end_containerd_demo() {
    local directory=$1 namespace pid
    namespace=$(basename "$directory")
    while read -r pid; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done <"$directory/pids"
    find /sys/fs/cgroup -maxdepth 2 -type d -name "$namespace" -exec rmdir {} + 2>/dev/null
    rm -rf "$directory" "/run/containerd/runc/$namespace"
    return 0
}

demo_next() {
    cat <<TEXT
== what to try next
   alias eh=$PWD/artifacts/bin/EmbeddedHost/release/EmbeddedHost   a container manager without a daemon (samples/EmbeddedHost/README.md):
   eh run -it --rm --rootfs $ROOTFS sh
   eh run -d --name web --memory 64m --cpus 0.5 --rootfs $ROOTFS sh -c 'while :; do date; sleep 1; done'
   eh ps; eh logs -f web; eh exec -it web sh; eh stats; eh stop web; eh rm web
   ./build.sh shim /usr/local/bin                             install the shim where containerd and docker find it
   ctr run --rm --runtime io.containerd.dotnet.v1 --rootfs $ROOTFS demo /bin/sh
   ./build.sh test                                            run all suites
   README.md                                                  the program to embed, in 20 lines
TEXT
}
