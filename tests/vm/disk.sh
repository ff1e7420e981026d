# The disk of the test machines: what this machine has installed, the shim, and the tests. One image for all kernels, which change nothing in it.
# shellcheck shell=bash

VM_DISK=$ARTIFACTS/vm/disk
VM_PROGRAMS=(runc crun containerd ctr)
VM_SOURCES=(tests/ContainerShim.Sdk.VmDriver tests/ContainerShim.Sdk.Integration.Tests tests/ContainerShim.Sdk.Tests)

make_disk() {
    local root=$ARTIFACTS/vm/root program path
    newer_than "$VM_DISK" "$ARTIFACTS/shim/$SHIM" "$VM" src "${VM_SOURCES[@]}" "${BUILD_INPUTS[@]}" || return 0
    say "make the disk of the test machines"
    rm -rf "$root" "$VM_DISK"
    mkdir -p "$root"/{dev,proc,sys,run,tmp,root,var/tmp,var/lib,etc,bin,opt/tools,opt/shim,usr/share/dotnet}
    cp -a "$ROOTFS" "$root/opt/rootfs"
    cp -a "$ROOTFS/bin/." "$root/bin"
    cp "$ARTIFACTS/shim/$SHIM" "$root/opt/shim/"
    publish_driver "$root/opt/driver" || return 1
    cp "$VM/init" "$root/init"
    chmod 755 "$root/init"
    cp "$ROOTFS"/etc/{passwd,group} "$root/etc/"
    copy_dotnet "$root"
    for program in "${VM_PROGRAMS[@]}"; do
        path=$(command -v "$program") || { warn "$program is not installed"; return 1; }
        copy_program "$root" "$path"
    done
    copy_libraries "$root" "$ARTIFACTS/shim/$SHIM" "$root"/usr/share/dotnet/dotnet "$root"/usr/share/dotnet/shared/*/*/*.so
    # Hashes are OpenSSL's; the framework looks for it by itself.
    copy_program "$root" "$(ldconfig -p | awk '$1 == "libssl.so.3" { print $NF; exit }')"
    printf '%s %s\n' "$(containerd_version "$(dirname "$(command -v containerd)")")" "$(dirname "$(command -v containerd)")" >"$root/opt/tools/containerd.list"
    # Beside the files there is room for what the tests write.
    truncate -s $(($(du -sm "$root" | cut -f 1) + 128))M "$VM_DISK.new"
    mke2fs -q -F -t ext4 -O ^has_journal -d "$root" "$VM_DISK.new" || return 1
    rm -rf "$root"
    mv "$VM_DISK.new" "$VM_DISK"
}

# The runtime alone.
copy_dotnet() {
    local root=$1 home
    home=$(dirname "$(readlink -f "$(command -v dotnet)")")
    cp "$home/dotnet" "$root/usr/share/dotnet/"
    cp -a "$home/host" "$root/usr/share/dotnet/"
    mkdir "$root/usr/share/dotnet/shared"
    cp -a "$home/shared/Microsoft.NETCore.App" "$root/usr/share/dotnet/shared/"
}

copy_program() {
    local root=$1 path=$2
    mkdir -p "$root$(dirname "$path")"
    cp "$path" "$root$path"
    copy_libraries "$root" "$path"
}

# What ldd finds, at the same places.
copy_libraries() {
    local root=$1 library
    shift
    for library in $(ldd "$@" 2>/dev/null | grep -oE '/[^ )]+\.so[^ )]*' | grep -v "^$root" | sort -u); do
        mkdir -p "$root$(dirname "$library")"
        cp -nL "$library" "$root$library"
    done
}

# Compiled ahead, since compiling takes an emulator half a minute.
publish_driver() {
    local log=$ARTIFACTS/log/vm-driver.log
    quietly "$log" dotnet publish tests/ContainerShim.Sdk.VmDriver -c Release -r "$(runtime_identifier)" --no-self-contained \
        -p:PublishReadyToRun=true -o "$1" || { warn "publishing the tests for the machines failed (log: $log)"; return 1; }
}
