using System.Text;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Metrics = ContainerShim.Sdk.Protocol.Cgroups.V1.Metrics;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A container of a shim under test. What the answers say about its ends is kept, to be compared with the events.</summary>
internal sealed class RawTask(RawShim shim, ShimFacts facts, TestBundle bundle, int pid)
{
    public string Id => bundle.Id;

    public string PathOf(string name) => bundle.PathOf(name);

    /// <summary>0 while a restored container has not been started.</summary>
    public int Pid { get; private set; } = pid;

    private static CallOptions Within => RawShim.Within();

    public async Task StartAsync()
    {
        try
        {
            Pid = (int)(await shim.Client.StartAsync(new StartRequest { Id = Id }, RawShim.Within(60))).Pid;
        }
        catch (RpcException)
        {
            facts.NeverStarted[(Id, Id)] = true;
            throw;
        }
    }

    /// <summary>Registers a process.</summary>
    public async Task AddExecAsync(string execId, IReadOnlyList<string> args, TestStdio? stdio = null)
    {
        stdio ??= TestStdio.None;
        string spec = TestBundle.ProcessSpec(args, stdio.Terminal).ToJsonString();
        await shim.Client.ExecAsync(
            new ExecProcessRequest
            {
                Id = Id,
                ExecId = execId,
                Terminal = stdio.Terminal,
                Stdin = stdio.Stdin,
                Stdout = stdio.Stdout,
                Stderr = stdio.Stderr,
                Spec = new Any { TypeUrl = TypeUrls.OciProcess, Value = ByteString.CopyFrom(spec, Encoding.UTF8) },
            },
            Within);
    }

    public async Task<int> StartExecAsync(string execId)
    {
        try
        {
            return (int)(await shim.Client.StartAsync(new StartRequest { Id = Id, ExecId = execId }, Within)).Pid;
        }
        catch (RpcException)
        {
            facts.NeverStarted[(Id, execId)] = true;
            throw;
        }
    }

    public async Task<int> ExecAsync(string execId, IReadOnlyList<string> args, TestStdio? stdio = null)
    {
        await AddExecAsync(execId, args, stdio);
        return await StartExecAsync(execId);
    }

    /// <summary>Runs a process to its end and deletes it; returns its status.</summary>
    public async Task<uint> ExecToEndAsync(string execId, params IReadOnlyList<string> args)
    {
        await ExecAsync(execId, args);
        uint status = await WaitAsync(execId);
        await DeleteAsync(execId);
        return status;
    }

    public async Task<uint> WaitAsync(string execId = "")
    {
        WaitResponse answer = await shim.Client.WaitAsync(new WaitRequest { Id = Id, ExecId = execId }, Within);
        Note("Wait", execId, answer.ExitStatus, answer.ExitedAt);
        return answer.ExitStatus;
    }

    public async Task<StateResponse> StateAsync(string execId = "")
    {
        StateResponse answer = await shim.Client.StateAsync(new StateRequest { Id = Id, ExecId = execId }, Within);
        if (answer.Status == Status.Stopped)
        {
            Note("State", execId, answer.ExitStatus, answer.ExitedAt);
        }

        return answer;
    }

    public async Task KillAsync(int signal = Native.SigKill, string execId = "", bool all = false) =>
        await shim.Client.KillAsync(new KillRequest { Id = Id, ExecId = execId, Signal = (uint)signal, All = all }, Within);

    public async Task<DeleteResponse> DeleteAsync(string execId = "")
    {
        DeleteResponse answer = await shim.Client.DeleteAsync(new DeleteRequest { Id = Id, ExecId = execId }, Within);
        Note("Delete", execId, answer.ExitStatus, answer.ExitedAt);
        return answer;
    }

    public async Task PauseAsync() => await shim.Client.PauseAsync(new PauseRequest { Id = Id }, Within);

    public async Task ResumeAsync() => await shim.Client.ResumeAsync(new ResumeRequest { Id = Id }, Within);

    /// <param name="resources">LinuxResources of an OCI specification, as JSON.</param>
    public async Task UpdateAsync(string resources) => await shim.Client.UpdateAsync(
        new UpdateTaskRequest { Id = Id, Resources = new Any { TypeUrl = TypeUrls.OciLinuxResources, Value = ByteString.CopyFromUtf8(resources) } }, Within);

    /// <summary>The statistics, on a machine with cgroup v1.</summary>
    public async Task<Metrics> StatsAsync()
    {
        Any stats = (await shim.Client.StatsAsync(new StatsRequest { Id = Id }, Within)).Stats;
        Assert.That(stats.TypeUrl, Is.EqualTo(TypeUrls.CgroupsV1Metrics));
        return Metrics.Parser.ParseFrom(stats.Value);
    }

    public async Task<IReadOnlyList<int>> PidsAsync() =>
        [.. (await shim.Client.PidsAsync(new PidsRequest { Id = Id }, Within)).Processes.Select(process => (int)process.Pid)];

    /// <param name="path">The directory of the image; empty to have the options name it.</param>
    public async Task CheckpointAsync(string path, CheckpointOptions options) => await shim.Client.CheckpointAsync(
        new CheckpointTaskRequest { Id = Id, Path = path, Options = TypeUrls.Pack(TypeUrls.RuncCheckpointOptions, options) }, RawShim.Within(60));

    public async Task CloseStdinAsync(string execId = "") =>
        await shim.Client.CloseIOAsync(new CloseIORequest { Id = Id, ExecId = execId, Stdin = true }, Within);

    public async Task ResizeAsync(uint width, uint height, string execId = "") =>
        await shim.Client.ResizePtyAsync(new ResizePtyRequest { Id = Id, ExecId = execId, Width = width, Height = height }, Within);

    /// <summary>Ends a container that runs, and removes it.</summary>
    public async Task<DeleteResponse> KillAndDeleteAsync()
    {
        await KillAsync();
        await WaitAsync();
        return await DeleteAsync();
    }

    /// <summary>Tells what status a process must end with.</summary>
    public void Expect(uint status, string? execId = null) => facts.Expected[(Id, execId ?? Id)] = status;

    private void Note(string source, string execId, uint status, Timestamp? at)
    {
        // An exec that was never started has no end to compare.
        if (at is { Seconds: > 0 })
        {
            facts.Answers.Enqueue((source, Id, execId.Length == 0 ? Id : execId, status, at));
        }
    }
}
