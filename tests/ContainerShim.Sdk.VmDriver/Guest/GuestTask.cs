using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Cgroups.V2;
using ContainerShim.Sdk.Protocol.Task;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>A container with its cgroup, as the shim tells it and as the kernel shows it.</summary>
internal sealed class GuestTask(RawShim shim, TestBundle bundle, RawTask task)
{
    public RawTask Task => task;

    public TestBundle Bundle => bundle;

    /// <summary>The directory of the cgroup, from the kernel's own word.</summary>
    public string Cgroup { get; } =
        "/sys/fs/cgroup" + File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{task.Pid}/cgroup")).Trim()["0::".Length..];

    public string Read(string file) => File.ReadAllText(Path.Combine(Cgroup, file)).Trim();

    /// <summary>A file of lines <c>key value</c>.</summary>
    public Dictionary<string, ulong> ReadTable(string file) => ParseTable(Read(file));

    public static Dictionary<string, ulong> ParseTable(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' '))
        .ToDictionary(fields => fields[0], fields => ulong.Parse(fields[1], CultureInfo.InvariantCulture));

    public Task WaitForAsync(string file, string line) =>
        Eventually.ShowsAsync(() => Read(file), text => text.Split('\n').Contains(line), $"{file} shows {line}");

    public async Task<Metrics> StatsAsync()
    {
        StatsResponse response = await shim.Client.StatsAsync(new StatsRequest { Id = task.Id }, RawShim.Within());
        Assert.That(response.Stats.TypeUrl, Is.EqualTo(TypeUrls.CgroupsV2Metrics));
        return Metrics.Parser.ParseFrom(response.Stats.Value);
    }

    /// <summary>Asks for resources, written as the OCI specification has them.</summary>
    public async Task UpdateAsync(JsonObject resources) => await shim.Client.UpdateAsync(
        new UpdateTaskRequest
        {
            Id = task.Id,
            Resources = new Any { TypeUrl = TypeUrls.OciLinuxResources, Value = ByteString.CopyFrom(resources.ToJsonString(), Encoding.UTF8) },
        },
        RawShim.Within());

    public async Task ResumeAsync() => await shim.Client.ResumeAsync(new ResumeRequest { Id = task.Id }, RawShim.Within());

    public async Task KillAllAsync() =>
        await shim.Client.KillAsync(new KillRequest { Id = task.Id, Signal = Native.SigKill, All = true }, RawShim.Within());

    public async Task<IReadOnlyList<int>> PidsAsync() =>
        [.. (await shim.Client.PidsAsync(new PidsRequest { Id = task.Id }, RawShim.Within())).Processes.Select(process => (int)process.Pid)];
}
