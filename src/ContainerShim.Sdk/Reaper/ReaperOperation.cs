namespace ContainerShim.Sdk.Reaper;

/// <summary>What the reaper can be asked to do; the numbers are those of <c>reaper.c</c>.</summary>
internal enum ReaperOperation : uint
{
    /// <summary>Answers with its pid as the value and its version as the code.</summary>
    Hello = 1,

    /// <summary>Starts a process; answers with its pid when its program runs.</summary>
    Spawn,

    /// <summary>Collects an ended child by pidfd or pid, or only looks at it.</summary>
    Collect,

    /// <summary>Keeps the zombie of a pid also while no engine is connected.</summary>
    Pin,

    /// <summary>Forgets pins and descriptors that this connection has not asked for.</summary>
    Retain,

    /// <summary>Keeps descriptors under a key.</summary>
    Store,

    /// <summary>Answers with copies of the descriptors of a key. Asked for no answer, it has but asked for them.</summary>
    Fetch,

    /// <summary>Closes descriptors of a key.</summary>
    Drop,

    /// <summary>Lists children that have ended and are not pinned.</summary>
    Zombies,

    /// <summary>Takes a pin back. A reaper of an earlier version of this library does not know it, and keeps the pin as it did then.</summary>
    Unpin,
}
