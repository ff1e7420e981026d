# Machines with pure cgroup v2 and kernels of their own, under software emulation: what they need, and running their tests.
# shellcheck shell=bash

VM=$ROOT/tests/vm

# shellcheck source=/dev/null
source "$VM/kernels.sh"
# shellcheck source=/dev/null
source "$VM/disk.sh"

VM_PACKAGES=(qemu-system-x86 e2fsprogs)

setup_machines() {
    install_packages "${VM_PACKAGES[@]}"
    fetch_kernels
}

fetch_kernels() {
    local name
    mkdir -p "$TOOLS/kernels"
    for name in "${VM_KERNELS[@]}"; do
        fetch_kernel "$name" || warn "the kernel of Debian $name could not be fetched; its tests will fail"
    done
}

# The tests' results come through fixtures of this name in this project.
MACHINE_PROJECT=ContainerShim.Sdk.Integration.Tests
MACHINE_FILTER=Integration.Tests.Vm.

run_machine_tests() {
    export CONTAINERSHIM_VM_PART=$1
    USES_PACKAGES=false
    run_tests "$MACHINE_PROJECT" "$MACHINE_FILTER"
}
