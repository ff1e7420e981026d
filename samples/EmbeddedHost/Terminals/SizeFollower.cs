using System.Runtime.InteropServices;
using ContainerShim.Sdk;

namespace EmbeddedHost.Terminals;

/// <summary>Passes on changes of the terminal's size (SIGWINCH).</summary>
internal sealed class SizeFollower : IDisposable
{
    private readonly Func<int, int, Task> _resize;
    private readonly PosixSignalRegistration _registration;

    public SizeFollower(Func<int, int, Task> resize)
    {
        _resize = resize;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, context => FollowInBackground());
    }

    public void Dispose() => _registration.Dispose();

    private void FollowInBackground() => _ = FollowAsync();

    private async Task FollowAsync()
    {
        try
        {
            if (Attachment.Size() is { } size)
            {
                await _resize(size.Columns, size.Rows);
            }
        }
        catch (Exception exception) when (exception is ShimException or ObjectDisposedException)
        {
            // It has just ended.
        }
    }
}
