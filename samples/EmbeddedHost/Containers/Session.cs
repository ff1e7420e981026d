using ContainerShim.Sdk;

namespace EmbeddedHost.Containers;

/// <summary>
/// An engine for the one container of a directory, for as long as a command needs it. The directory belongs to one engine at a time, so
/// a session is to be short.
/// </summary>
internal sealed class Session : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly string _name;

    private Session(string name, ContainerShimEngine engine)
    {
        _name = name;
        Engine = engine;
    }

    public ContainerShimEngine Engine { get; }

    /// <summary>The container; null when it cannot be taken over, as after a restart of the machine.</summary>
    public ShimContainer? Container => Engine.FindContainer(_name);

    /// <summary>An engine for a new container.</summary>
    /// <param name="files">Where.</param>
    /// <param name="leaves">Whether the container stays when the session ends.</param>
    /// <param name="cancellationToken">Ends the wait for the directory.</param>
    public static async Task<Session> NewAsync(ContainerFiles files, bool leaves, CancellationToken cancellationToken) =>
        new(files.Name, await TakeAsync(files, leaves, Patience, cancellationToken));

    /// <summary>Finds the container that an earlier command has left.</summary>
    /// <exception cref="BusyException">Another command is at it, and was for some seconds.</exception>
    public static async Task<Session> FindAsync(ContainerFiles files, CancellationToken cancellationToken, bool leaves = true, TimeSpan? patience = null)
    {
        Session session = new(files.Name, await TakeAsync(files, leaves, patience ?? Patience, cancellationToken));
        try
        {
            await session.Engine.AdoptAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="ToolException">There is nothing to take over.</exception>
    public ShimContainer Demand() => Container
        ?? throw new ToolException($"container '{_name}' could not be found again; remove what is left of it with 'rm -f {_name}'");

    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    private static async Task<ContainerShimEngine> TakeAsync(ContainerFiles files, bool leaves, TimeSpan patience, CancellationToken cancellationToken)
    {
        ContainerShimOptions options = new()
        {
            Namespace = files.Namespace,
            StateDirectory = files.StateDirectory,
            LeaveContainersRunning = leaves,
            Stdio = { Schemes = { "file" } },
        };
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return ContainerShimEngine.Create(options);
            }
            catch (ShimException exception) when (exception.Reason == ShimErrorReason.StateDirectoryInUse)
            {
                if (Environment.TickCount64 > deadline)
                {
                    throw new BusyException(files, exception.Message);
                }
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
