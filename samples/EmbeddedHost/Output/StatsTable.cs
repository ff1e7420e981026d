using System.Globalization;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Stats;
using EmbeddedHost.Containers;
using EmbeddedHost.Parsing;
using Spectre.Console;

namespace EmbeddedHost.Output;

/// <summary>Reads what containers use. Each reading takes and frees the container, so that others get their turn.</summary>
internal sealed class StatsTable(Func<IReadOnlyList<ContainerFiles>> choose)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, ContainerStats> _before = [];

    public async Task<Table> ReadAsync(CancellationToken cancellationToken)
    {
        Table table = Screen.NewTable("NAME", "CPU", "MEMORY", "LIMIT", "PIDS", "READ", "WRITTEN", "THROTTLED");
        foreach ((string name, ContainerStats? now) in await Task.WhenAll(choose().Where(files => files.Read().IsRunning).Select(files => OneAsync(files, cancellationToken))))
        {
            table.AddRow([name, .. now is null ? ["(busy)"] : Cells(now, _before.GetValueOrDefault(name))]);
            if (now is not null)
            {
                _before[name] = now;
            }
        }

        return table;
    }

    private static async Task<(string Name, ContainerStats? Stats)> OneAsync(ContainerFiles files, CancellationToken cancellationToken)
    {
        try
        {
            await using Session session = await Session.FindAsync(files, cancellationToken, patience: Patience);
            return (files.Name, session.Container is { } container ? await container.StatsAsync(cancellationToken) : null);
        }
        catch (Exception exception) when (exception is BusyException or ShimException { Code: ShimErrorCode.NotFound })
        {
            return (files.Name, null);
        }
    }

    private static string[] Cells(ContainerStats now, ContainerStats? before) =>
    [
        before is null ? "" : Percent((now.Cpu.Usage - before.Cpu.Usage) / (now.Timestamp - before.Timestamp)),
        Quantity.Text(now.Memory.WorkingSet),
        now.Memory.Limit is { } limit ? $"{Quantity.Text(limit)} ({Percent((double)now.Memory.WorkingSet / limit)})" : "none",
        now.Pids.Limit is { } most ? $"{now.Pids.Current} of {most}" : $"{now.Pids.Current}",
        Quantity.Text(now.Io.ReadBytes),
        Quantity.Text(now.Io.WrittenBytes),
        $"{now.Cpu.ThrottledTime.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
    ];

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
