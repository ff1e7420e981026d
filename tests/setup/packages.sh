# Debian packages: install only what is missing, and never let a daemon start.
# shellcheck shell=bash

AOT_PACKAGES=(clang lld zlib1g-dev ca-certificates)
DEMO_PACKAGES=(runc busybox-static "${AOT_PACKAGES[@]}")
# criu holds the network of a container still through iptables; patchelf makes a newer suite's runc run here.
TEST_PACKAGES=("${DEMO_PACKAGES[@]}" containerd crun procps iproute2 util-linux strace iptables patchelf)

missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
    done
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
        install -y --no-install-recommends --no-upgrade "$@"
}

install_packages() {
    local missing
    command -v dpkg-query >/dev/null || die "this set-up is for Debian; install by hand: $*"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    need_root "installing ${missing[*]}"
    say "install ${missing[*]}"
    (
        # A package's service would otherwise start here, and hold the sockets that a test expects to be free.
        if [[ ! -e /usr/sbin/policy-rc.d ]]; then
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
            printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
            chmod 755 /usr/sbin/policy-rc.d
        fi
        # The lists may be missing or stale, so the first attempt may fail harmlessly.
        quietly "$ARTIFACTS/log/apt-install.log" apt_install "${missing[@]}" 2>/dev/null ||
            { retry 3 quietly "$ARTIFACTS/log/apt-update.log" apt-get -o DPkg::Lock::Timeout=300 update &&
                retry 3 quietly "$ARTIFACTS/log/apt-install.log" apt_install "${missing[@]}"; }
    ) || die "could not install ${missing[*]} (log: $ARTIFACTS/log/apt-install.log)"
}
