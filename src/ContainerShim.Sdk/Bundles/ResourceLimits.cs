using System.Globalization;
using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>How much a container may use. What is null is not limited, or in an update not changed. The same for both cgroup versions.</summary>
public sealed record ResourceLimits
{
    /// <summary>The period of <see cref="Cpus"/>: that of the kernel, and of docker and Kubernetes.</summary>
    private const long Period = 100_000;

    /// <summary>Most memory, page cache included, in bytes; -1 for no limit. At the limit the OOM killer strikes.</summary>
    public long? Memory { get; init; }

    /// <summary>Memory that the kernel tries to leave it when memory gets short, in bytes.</summary>
    public long? MemoryReservation { get; init; }

    /// <summary>Most memory and swap together, in bytes; equal to <see cref="Memory"/> for no swap, -1 for no limit.</summary>
    public long? MemoryAndSwap { get; init; }

    /// <summary>Most CPUs' worth of time, for example 1.5; at least 0.01.</summary>
    public double? Cpus { get; init; }

    /// <summary>Weight against others when CPU gets short, 2 to 262144; 1024 is usual.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>The CPUs it may run on, for example <c>0-3,6</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>The memory nodes it may use, for example <c>0</c>.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>Most processes and threads; -1 for no limit.</summary>
    public long? Pids { get; init; }

    /// <summary>Weight against others at block devices, 10 to 1000.</summary>
    public ushort? IoWeight { get; init; }

    /// <summary>Files of the unified hierarchy and what to write to them, for example <c>memory.high</c>. Default: none; for cgroup v2 only.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init; } = new Dictionary<string, string>();

    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal void Validate()
    {
        Demand(Memory is null or -1 or > 0, $"a memory limit of {Memory} bytes: more than 0, or -1 for no limit");
        Demand(MemoryReservation is null or > 0, $"a memory reservation of {MemoryReservation} bytes: more than 0");
        Demand(MemoryAndSwap is null or -1 or > 0, $"a limit of memory and swap of {MemoryAndSwap} bytes: more than 0, or -1 for no limit");
        Demand(MemoryAndSwap is null or -1 || Memory is > 0, "a limit of memory and swap needs a limit of memory");
        Demand(MemoryAndSwap is null or -1 || MemoryAndSwap >= Memory, $"{MemoryAndSwap} bytes of memory and swap are less than {Memory} bytes of memory");
        Demand(Cpus is null or (>= 0.01 and <= 1_000_000), string.Create(CultureInfo.InvariantCulture, $"{Cpus} CPUs: at least 0.01, at most 1000000"));
        Demand(CpuShares is null or (>= 2 and <= 262144), $"CPU shares of {CpuShares}: 2 to 262144");
        Demand(Pids is null or -1 or > 0, $"a limit of {Pids} processes: more than 0, or -1 for no limit");
        Demand(IoWeight is null or (>= 10 and <= 1000), $"an IO weight of {IoWeight}: 10 to 1000");
    }

    /// <summary>The members of <c>linux.resources</c> of the OCI specification, into an object that has been begun.</summary>
    internal void WriteMembers(Utf8JsonWriter writer)
    {
        if (Memory is not null || MemoryReservation is not null || MemoryAndSwap is not null)
        {
            writer.WriteStartObject("memory");
            Write(writer, "limit", Memory);
            Write(writer, "reservation", MemoryReservation);
            Write(writer, "swap", MemoryAndSwap);
            writer.WriteEndObject();
        }

        if (Cpus is not null || CpuShares is not null || CpusetCpus is not null || CpusetMems is not null)
        {
            writer.WriteStartObject("cpu");
            Write(writer, "shares", (long?)CpuShares);
            Write(writer, "quota", Cpus is { } cpus ? (long)Math.Round(cpus * Period) : null);
            Write(writer, "period", Cpus is null ? null : Period);
            Write(writer, "cpus", CpusetCpus);
            Write(writer, "mems", CpusetMems);
            writer.WriteEndObject();
        }

        if (Pids is { } pids)
        {
            writer.WriteStartObject("pids");
            writer.WriteNumber("limit", pids);
            writer.WriteEndObject();
        }

        if (IoWeight is { } weight)
        {
            writer.WriteStartObject("blockIO");
            writer.WriteNumber("weight", weight);
            writer.WriteEndObject();
        }

        if (Unified.Count > 0)
        {
            SpecJson.WriteMap(writer, "unified", Unified);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw ShimException.InvalidArgument(what);
        }
    }
}
