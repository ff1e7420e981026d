namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>The events of inotify(7) in use.</summary>
[Flags]
internal enum InotifyMask : uint
{
    /// <summary><c>IN_MODIFY</c>: what kernfs reports when the content of a control file changes.</summary>
    Modify = 0x2,

    /// <summary><c>IN_OPEN</c></summary>
    Open = 0x20,

    /// <summary><c>IN_DELETE_SELF</c></summary>
    DeleteSelf = 0x400,

    /// <summary><c>IN_Q_OVERFLOW</c>: events were lost.</summary>
    Overflow = 0x4000,

    /// <summary><c>IN_IGNORED</c>: the watch is gone, with its file or by inotify_rm_watch(2).</summary>
    Ignored = 0x8000,
}
