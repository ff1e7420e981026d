# Building, publishing and packing; each step is skipped when nothing changed since.
# shellcheck shell=bash

SHIM=containerd-shim-dotnet-v1
SHIM_PROJECT=samples/RuncShim
SMOKE=AotSmoke
SMOKE_PROJECT=tests/AotSmoke
BUILD_INPUTS=(Directory.Build.props Directory.Build.targets Directory.Packages.props global.json nuget.config .editorconfig)

need_dotnet() {
    command -v dotnet >/dev/null || die "the .NET 10 SDK is missing: install dotnet-sdk-10.0"
    dotnet --version >/dev/null 2>&1 || die "no installed .NET SDK satisfies global.json ($(grep -o '[0-9.]\{5,\}' global.json))"
}

build_solution() {
    need_dotnet
    say "build ContainerShim.Sdk.sln"
    quietly "$ARTIFACTS/log/build.log" dotnet build ContainerShim.Sdk.sln -c Release ||
        die "the build failed (log: $ARTIFACTS/log/build.log)"
}

# run_benchmarks [NAME] [ARGUMENT...]
run_benchmarks() {
    local name=
    if [[ ${1:--} != -* ]]; then
        name=$1
        shift
    fi
    need_dotnet
    say "benchmarks${name:+ of $name}, results in $ARTIFACTS/benchmarks"
    # State is in memory, as /run is: rename(2) on a disk costs the engine several times what it costs itself.
    TMPDIR=/dev/shm dotnet run --project tests/ContainerShim.Sdk.Benchmarks -c Release -- --filter "*$name*" --artifacts "$ARTIFACTS/benchmarks" "$@"
}

runtime_identifier() {
    case $(uname -m) in
        x86_64) printf linux-x64 ;;
        aarch64) printf linux-arm64 ;;
        *) die "no NativeAOT build for $(uname -m)" ;;
    esac
}

# publish_aot PROJECT BINARY DIRECTORY: a NativeAOT binary, without a warning.
publish_aot() {
    local project=$1 binary=$2 directory=$3 log=$ARTIFACTS/log/$2.log
    [[ -d $project ]] || die "$project does not exist"
    [[ $directory == /* ]] || directory=$ROOT/$directory
    if ! newer_than "$directory/$binary" src "$project" "${BUILD_INPUTS[@]}"; then
        say "$binary is up to date in $directory"
        return 0
    fi
    need_dotnet
    say "publish $binary into $directory"
    mkdir -p "$directory"
    quietly "$log" dotnet publish "$project" -c Release -r "$(runtime_identifier)" -o "$directory" ||
        die "publishing $project failed (log: $log)"
    if grep -E 'warning [A-Z]+[0-9]+' "$log" >&2; then
        die "publishing $project gave warnings (log: $log)"
    fi
    [[ -x $directory/$binary ]] || die "publishing made no $binary in $directory"
    # The linker's output keeps its time when only a comment changed.
    touch "$directory/$binary"
}

publish_shim() {
    publish_aot "$SHIM_PROJECT" "$SHIM" "$1"
}

make_packages() {
    local directory=$ARTIFACTS/packages log=$ARTIFACTS/log/pack.log
    if ! newer_than "$directory/.stamp" src "${BUILD_INPUTS[@]}"; then
        say "the packages in $directory are up to date"
        return 0
    fi
    need_dotnet
    say "pack into $directory"
    rm -rf "$directory"
    mkdir -p "$directory"
    quietly "$log" dotnet pack ContainerShim.Sdk.sln -c Release -o "$directory" -p:ReaperRequired=true || die "packing failed (log: $log)"
    if grep -E 'warning [A-Z]+[0-9]+' "$log" >&2; then
        die "packing gave warnings (log: $log)"
    fi
    compgen -G "$directory/*.nupkg" >/dev/null || die "packing made no package"
    touch "$directory/.stamp"
    (cd "$directory" && ls -1 ./*.nupkg ./*.snupkg)
}

clean() {
    say "remove artifacts/ except artifacts/tools"
    [[ -d $ARTIFACTS ]] || return 0
    find "$ARTIFACTS" -mindepth 1 -maxdepth 1 -not -name tools -exec rm -rf {} +
}
