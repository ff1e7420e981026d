using System.Buffers;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <content>Further processes in the container.</content>
public sealed partial class ShimContainer
{
    private const int CopySize = 64 * 1024;

    /// <summary>Runs a further process (<c>runc exec</c>) and returns when it has been started. Point of no return: the call of the runtime.</summary>
    /// <remarks>Dispose the result, also when nothing is read: until then, or until its own deletion, the container keeps the process's entry and its streams.</remarks>
    /// <exception cref="ShimException">
    /// InvalidArgument: options that cannot be. AlreadyExists: the exec id is in use. FailedPrecondition: the container's init process has
    /// ended meanwhile. Unknown: the container does not run, or the runtime's error, for example that there is no such program.
    /// </exception>
    public async Task<ShimProcess> ExecAsync(ExecOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return await _context.Calls.RunAsync(token => ExecNowAsync(options, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a further process to its end and returns what it wrote; see <see cref="RunAsync(ExecOptions, CancellationToken)"/>.</summary>
    /// <inheritdoc cref="RunAsync(ExecOptions, CancellationToken)"/>
    public Task<ExecResult> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken = default) =>
        RunAsync(new ExecOptions { Args = args }, cancellationToken);

    /// <summary>
    /// Runs a further process to its end and returns what it wrote. Output of processes that it left behind in the container is not
    /// waited for. A process that runs longer than <see cref="ExecOptions.Timeout"/> is killed, which is no exception but is told by
    /// <see cref="ExecResult.TimedOut"/>, so that what it wrote is not lost.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired; the process was killed and removed.</exception>
    /// <inheritdoc cref="ExecAsync" path="/exception"/>
    public async Task<ExecResult> RunAsync(ExecOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options with { Stdio = ContainerStdio.OutputStreams with { Input = !options.Input.IsEmpty } };
        ShimProcess process = await ExecAsync(options, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            Task input = options.Input.IsEmpty ? Task.CompletedTask : FeedAsync(process.StandardInput, options.Input);
            Task<(byte[] Kept, bool More)> output = CaptureAsync(process.StandardOutput, options.CaptureLimit);
            Task<(byte[] Kept, bool More)> error = CaptureAsync(process.StandardError, options.CaptureLimit);
            ProcessExit exit = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
            await process.DeleteAsync(cancellationToken).ConfigureAwait(false);
            await input.ConfigureAwait(false);
            (byte[] outputKept, bool outputMore) = await output.ConfigureAwait(false);
            (byte[] errorKept, bool errorMore) = await error.ConfigureAwait(false);
            return new ExecResult
            {
                Exit = exit,
                TimedOut = process.TimedOut,
                Output = outputKept,
                Error = errorKept,
                IsTruncated = outputMore || errorMore,
            };
        }
    }

    private async Task<ShimProcess> ExecNowAsync(ExecOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        string execId = options.ExecId.Length > 0 ? options.ExecId : Guid.NewGuid().ToString("N");
        Identifiers.Validate(execId);
        byte[] process = ExecSpec.Create(BundlePath, options, options.Stdio);
        ProcessStreams? streams = options.Stdio.HasStreams ? _context.Streams.Add(options.Stdio) : null;
        try
        {
            _container.Add(new ExecRequest
            {
                Id = Id,
                ExecId = execId,
                ProcessSpec = process,
                Stdio = streams?.Paths ?? options.Stdio.Paths ?? new StdioPaths { Terminal = options.Stdio.Terminal },
            });
            ExecProcess exec = _container.Exec(execId);
            await _context.MeasureAsync("start", Id, execId, () => StartOrRemoveAsync(exec, cancellationToken)).ConfigureAwait(false);
            return new ShimProcess(_context, _container, exec, streams, options.Timeout);
        }
        catch
        {
            streams?.Dispose();
            throw;
        }
    }

    private static async Task StartOrRemoveAsync(ExecProcess exec, CancellationToken cancellationToken)
    {
        try
        {
            await exec.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            try
            {
                await exec.DeleteAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (ShimException)
            {
                // It goes with its container.
            }

            throw;
        }
    }

    private static async Task FeedAsync(Stream input, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await using (input.ConfigureAwait(false))
            {
                await input.WriteAsync(bytes).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // A process need not read all that it is given.
        }
    }

    private static async Task<(byte[] Kept, bool More)> CaptureAsync(Stream output, int limit)
    {
        using MemoryStream kept = new();
        bool more = false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            int count;
            while ((count = await output.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                int room = (int)Math.Min(limit - kept.Length, count);
                kept.Write(buffer, 0, room);
                more |= room < count;
            }
        }
        catch (ObjectDisposedException)
        {
            // The caller has given up.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return (kept.ToArray(), more);
    }
}
