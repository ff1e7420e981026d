using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>The images of one check, and the containers that they are made of.</summary>
internal sealed class CheckpointTrial(RuntimeTrial containers, ICheckpointableRuntime runtime) : IDisposable
{
    /// <summary>With which <see cref="RunAsync"/> lets a container end upon SIGTERM, before and after its restoration.</summary>
    public const int Status = 43;

    private readonly TemporaryDirectory _images = new();
    private readonly List<IDisposable> _pipes = [];
    private int _lastImage;

    public RuntimeTrial Containers => containers;

    public RuntimeSubject Subject => containers.Subject;

    public ICheckpointableRuntime Runtime => runtime;

    public CancellationToken Token => containers.Token;

    /// <summary>Where an image can be written to. There is nothing yet.</summary>
    public string NewImage() => Path.Join(_images.Path, $"image-{++_lastImage}");

    /// <summary>A pipe that goes with the check: a container may hold its other end until then.</summary>
    public PipeEnds NewPipe(bool isInput = false)
    {
        PipeEnds pipe = new(isInput);
        _pipes.Add(pipe);
        return pipe;
    }

    /// <summary>Runs a container that ends with <see cref="Status"/> upon SIGTERM, and waits until it does so.</summary>
    public async Task<TrialContainer> RunAsync()
    {
        PipeEnds output = NewPipe();
        TrialContainer container = await containers.RunAsync(Workload.EndsOnTerm(Status), output.ForOutput).ConfigureAwait(false);
        output.CloseProcessEnd();
        await ReadsAsync("ready", output).ConfigureAwait(false);
        return container;
    }

    public async Task ReadsAsync(string line, PipeEnds output) => Expect.Equal(
        line,
        await Expect.EndsAsync(output.ReadLineAsync(Token), Subject, "the first line of output").ConfigureAwait(false),
        "the first line of output");

    public Task CheckpointAsync(TrialContainer container, string image, bool exit = false, CancellationToken? cancellationToken = null) =>
        CheckpointAsync(container.Container, image, exit, cancellationToken);

    public Task CheckpointAsync(RuntimeContainer container, string image, bool exit = false, CancellationToken? cancellationToken = null) =>
        runtime.CheckpointAsync(container, new RuntimeCheckpoint { ImagePath = image, Exit = exit }, cancellationToken ?? Token);

    /// <summary>Runs a container and ends it with a checkpoint.</summary>
    /// <returns>Where the image is.</returns>
    public async Task<string> MakeImageAsync()
    {
        string image = NewImage();
        await EndWithImageAsync(await RunAsync().ConfigureAwait(false), image).ConfigureAwait(false);
        return image;
    }

    /// <summary>Ends a container with a checkpoint and removes what is left of it.</summary>
    public async Task EndWithImageAsync(TrialContainer container, string image)
    {
        await CheckpointAsync(container, image, exit: true).ConfigureAwait(false);
        try
        {
            await containers.DeleteAsync(container, force: true).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // The checkpoint has done so, as runc's does.
        }

        await containers.ExitCodeAsync(container.Watch, "a container that a checkpoint was to end").ConfigureAwait(false);
    }

    /// <summary>Restores a container under a new id.</summary>
    public Task<TrialContainer> RestoreAsync(string image, string what = "RestoreAsync") => RestoreAsync(NewContainer(), image, what: what);

    /// <summary>Restores a container.</summary>
    public async Task<TrialContainer> RestoreAsync(RuntimeContainer container, string image, RuntimeStdio? stdio = null, string what = "RestoreAsync")
    {
        int pid = await Expect.SuccessAsync(() => CallRestoreAsync(container, image, stdio), what).ConfigureAwait(false);
        return containers.Adopt(container, pid, what);
    }

    /// <summary>Only makes the call, which may be one that is to fail.</summary>
    public Task<int> CallRestoreAsync(RuntimeContainer container, string image, RuntimeStdio? stdio = null, CancellationToken? cancellationToken = null) =>
        runtime.RestoreAsync(container, new RuntimeRestore { ImagePath = image, Stdio = stdio ?? RuntimeStdio.None }, cancellationToken ?? Token);

    /// <summary>A container to be restored, from a bundle like that of the one in the image.</summary>
    public RuntimeContainer NewContainer(string? id = null, Workload? workload = null) =>
        Subject.MakeContainer(id ?? RuntimeTrial.NewId(), workload ?? Workload.EndsOnTerm(Status));

    /// <summary>The container handles SIGTERM as before.</summary>
    public async Task EndsAsItWouldAsync(TrialContainer container, string what)
    {
        await containers.KillAsync(container, Signals.Term).ConfigureAwait(false);
        Expect.Equal(
            Status,
            await containers.ExitCodeAsync(container.Watch, $"{what}, which handles SIGTERM").ConfigureAwait(false),
            $"the status of {what}, whose command ends itself with {Status} upon SIGTERM");
    }

    /// <summary>There is no container.</summary>
    public Task IsUnknownAsync(RuntimeContainer container, string when) => Expect.RefusalAsync(
        () => containers.Runtime.StateAsync(container, Token), $"StateAsync after {when}", ShimErrorCode.NotFound);

    public void Dispose()
    {
        foreach (IDisposable pipe in _pipes)
        {
            pipe.Dispose();
        }

        _images.Dispose();
    }
}
