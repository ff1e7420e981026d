# Machines with pure cgroup v2 and kernels of their own, under software emulation: what they need, and running their tests.
# shellcheck shell=bash

VM=$ROOT/tests/vm

# shellcheck source=/dev/null
source "$VM/kernels.sh"
# shellcheck source=/dev/null
source "$VM/disk.sh"

fetch_kernels() {
    local name
    mkdir -p "$TOOLS/kernels"
    for name in "${VM_KERNELS[@]}"; do
        fetch_kernel "$name" || warn "the kernel of Debian $name could not be fetched; its tests will fail"
    done
}

# The tests' results come through a fixture of this project.
MACHINE_TESTS=tests/ContainerShim.Sdk.Integration.Tests/ContainerShim.Sdk.Integration.Tests.csproj

run_machine_tests() {
    export CONTAINERSHIM_VM_PART=$1
    run_tests "$(basename "$MACHINE_TESTS" .csproj)" Integration.Tests.Vm.
}
