# Kernels to boot: Debian 12's, which keeps no exit statuses (PIDFD_GET_INFO, Linux 6.15), and sid's. Downloaded and unpacked, not installed.
# shellcheck shell=bash

VM_KERNELS=(bookworm sid)
VM_MODULES=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio-rng)

# fetch_kernel NAME: artifacts/tools/kernels/NAME/{vmlinuz,initramfs,version}
fetch_kernel() {
    local name=$1 directory=$TOOLS/kernels/$1 staging
    [[ -s $directory/initramfs && ! $VM/initramfs -nt $directory/initramfs ]] && return 0
    if [[ ! -s $directory/vmlinuz ]]; then
        [[ $name == bookworm ]] || update_suites || return 1
        say "fetch the kernel of $name"
        staging=$(mktemp -d "$TOOLS/kernel.XXXXXX")
        if ! download_kernel "$name" "$staging" || ! keep_kernel "$staging" "$directory"; then
            rm -rf "$staging"
            return 1
        fi
        rm -rf "$staging"
    fi
    make_initramfs "$directory"
}

download_kernel() {
    local name=$1 staging=$2 packages attempt
    for attempt in 1 2 3; do
        # A point release between the lists and the download takes the package away: read them anew then.
        ((attempt == 1)) || { sleep 3; kernel_apt "$name" quietly "$ARTIFACTS/log/apt-update.log" apt-get update; }
        mapfile -t packages < <(kernel_packages "$name")
        ((${#packages[@]})) || continue
        (cd "$staging" && kernel_apt "$name" quietly "$ARTIFACTS/log/apt-download.log" \
            apt-get -o APT::Sandbox::User=root -o Acquire::Retries=3 download "${packages[@]}") || continue
        for package in "$staging"/*.deb; do
            dpkg-deb --extract "$package" "$staging/root" || return 1
        done
        return 0
    done
    return 1
}

# The machine's own release by the machine's own apt.
kernel_apt() {
    local name=$1
    shift
    if [[ $name == bookworm ]]; then "$@"; else suites_apt "$@"; fi
}

# What linux-image-cloud-amd64 of a suite stands for; newer ones are in parts.
kernel_packages() {
    local name=$1 image
    image=$(kernel_depends "$name" linux-image-cloud-amd64 | grep -m 1 '^linux-image-[0-9]') || return 1
    printf '%s\n' "$image"
    kernel_depends "$name" "$image" | grep -E '^linux-(binary|modules)-[0-9]' || true
}

kernel_depends() {
    local release=()
    [[ $1 == bookworm ]] || release=(-o "APT::Default-Release=$1")
    kernel_apt "$1" apt-cache "${release[@]}" depends "$2" | awk '$1 == "Depends:" { print $2 }'
}

keep_kernel() {
    local staging=$1/root directory=$2 module file
    rm -rf "$directory"
    mkdir -p "$directory/modules"
    file=$(find "$staging" -name 'vmlinuz*' -type f | head -n 1)
    [[ -n $file ]] || return 1
    # In the order in which they are loaded. A kernel that has one built in needs no file.
    for module in "${!VM_MODULES[@]}"; do
        module=$(printf '%02d' "$module"):${VM_MODULES[module]}
        find "$staging" -name "${module#*:}.ko" -exec cp {} "$directory/modules/${module%%:*}-${module#*:}.ko" \;
        find "$staging" -name "${module#*:}.ko.xz" -exec sh -c 'busybox unxz -c "$1" >"$2"' sh {} "$directory/modules/${module%%:*}-${module#*:}.ko" \;
    done
    cp "$file" "$directory/vmlinuz"
}

# The first file system: busybox, the modules for the disk, and the script that goes on from there.
make_initramfs() {
    local directory=$1 staging
    staging=$(mktemp -d "$TOOLS/initramfs.XXXXXX")
    mkdir -p "$staging"/{bin,dev,modules,root}
    cp /bin/busybox "$staging/bin/"
    cp "$directory"/modules/*.ko "$staging/modules/"
    cp "$VM/initramfs" "$staging/init"
    chmod 755 "$staging/init"
    (cd "$staging" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$directory/initramfs.new" || return 1
    rm -rf "$staging"
    mv "$directory/initramfs.new" "$directory/initramfs"
}
