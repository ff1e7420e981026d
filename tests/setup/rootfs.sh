# The root file system of every test and demo container: one static busybox.
# shellcheck shell=bash

ROOTFS=$ARTIFACTS/rootfs

make_rootfs() {
    local applet staging=$ROOTFS.new
    [[ $ROOTFS/bin/busybox -nt /bin/busybox ]] && return 0
    [[ -x /bin/busybox ]] || die "/bin/busybox is missing: install busybox-static"
    say "make a busybox root file system in ${ROOTFS#"$ROOT"/}"
    rm -rf "$staging"
    mkdir -p "$staging"/{bin,sbin,dev,etc,proc,sys,tmp,root,mnt,run,var,usr/bin}
    chmod 1777 "$staging/tmp"
    cp /bin/busybox "$staging/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$staging/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$staging/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$staging/etc/group"
    touch "$staging/etc/hosts" "$staging/etc/resolv.conf"
    rm -rf "$ROOTFS"
    mv "$staging" "$ROOTFS"
}
