#!/usr/bin/env bash
# The one entry point: sets up, builds, tests, packs and shows the product. `./build.sh help` lists the commands.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ARTIFACTS=$ROOT/artifacts
TOOLS=$ARTIFACTS/tools
cd "$ROOT"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C.UTF-8

for part in common packages debian docker rootfs dotnet tests demo; do
    # shellcheck source=/dev/null
    source "$ROOT/tests/setup/$part.sh"
done
# shellcheck source=/dev/null
source "$ROOT/tests/vm/vm.sh"

usage() {
    cat <<'TEXT'
./build.sh COMMAND

  demo               set up this machine and run a real container in process, then through containerd if it is installed
  test [PART [NAME]] set up this machine and run all suites; PART chooses projects by name, NAME tests by full name
  bench [NAME] [ARGUMENT...]
                     measure the parts by BenchmarkDotNet, those whose name has NAME in it; ARGUMENTs are its own, such as --job short
  vm [NAME]          boot the test machines with kernels and cgroups of their own, and run the tests in them whose name has NAME in it
  shim [DIR]         publish the NativeAOT shim containerd-shim-dotnet-v1 into DIR (default artifacts/shim)
  pack               make the NuGet packages in artifacts/packages
  build              build the solution
  setup              install and fetch everything that the tests need, without running them
  clean              remove artifacts/ except the fetched tools
TEXT
}

case "${1:-help}" in
    demo) demo ;;
    test) shift; run_tests "$@" ;;
    bench) shift; run_benchmarks "$@" ;;
    vm) run_machine_tests "${2:-}" ;;
    shim) install_packages "${AOT_PACKAGES[@]}"; publish_shim "${2:-$ARTIFACTS/shim}" ;;
    pack) install_packages clang lld; make_packages ;;
    build) build_solution ;;
    setup) setup_tests ;;
    clean) clean ;;
    help | -h | --help) usage ;;
    *) usage >&2; die "unknown command: $1" ;;
esac
