using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux;

/// <summary>One thread that waits for many descriptors and calls back. Callbacks must not block and must not throw.</summary>
internal interface IReactor
{
    /// <summary>
    /// Watches a descriptor, level triggered: <paramref name="onReady"/> runs on the reactor's thread, again and again while the
    /// descriptor is ready for any of the registration's interest. Errors and hang-ups are always reported.
    /// </summary>
    /// <remarks>The handle stays the caller's; dispose the registration before closing it.</remarks>
    IReactorRegistration Register(SafeHandle handle, PollEvents interest, Action<PollEvents> onReady);

    /// <summary>Runs an action on the reactor's thread, after those posted before it.</summary>
    void Post(Action action);
}
