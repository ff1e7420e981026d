namespace ContainerShim.Sdk.Bundles;

/// <summary>What a container is given that asks for nothing: what containerd and <c>runc spec</c> give.</summary>
internal static class BundleDefaults
{
    internal const string Path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>containerd's default set (pkg/oci, defaultUnixCaps).</summary>
    internal static IReadOnlyList<string> Capabilities =>
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <summary>What would tell of the host, or let it be changed.</summary>
    internal static IReadOnlyList<string> MaskedPaths =>
    [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    internal static IReadOnlyList<string> ReadOnlyPaths => ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>The file systems of the kernel.</summary>
    /// <param name="isRootless">Without a user for the group tty, and without the right to mount sysfs.</param>
    internal static IReadOnlyList<BundleMount> Mounts(bool isRootless) =>
    [
        new("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        new("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        isRootless
            ? new("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620")
            : new("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
        new("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        new("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        isRootless
            ? new("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
            : new("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        .. isRootless ? (IReadOnlyList<BundleMount>)[] : [new("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro")],
    ];
}
