extern alias guest;

using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;
using guest::ContainerShim.Sdk.VmDriver;

namespace ContainerShim.Sdk.Integration.Tests.Vm;

/// <summary>One run of a test machine: what it said, and the end of its console.</summary>
internal sealed record VirtualMachine(IReadOnlyDictionary<string, GuestLine> Results, bool Finished, string Console, TimeSpan Elapsed)
{
    /// <summary>The machine ends itself before; and the runner takes eight minutes without a result for a hang.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(425);

    /// <summary>Boots a kernel, and waits until the machine is off.</summary>
    /// <param name="kernel">A directory below <c>artifacts/tools/kernels</c>.</param>
    /// <param name="part">Part of the names of the tests to run.</param>
    public static async Task<VirtualMachine> RunAsync(string kernel, string part)
    {
        string console = Path.Combine(TestPaths.Machines, $"{kernel}.console");
        File.Delete(console);
        ProcessStartInfo start = new(
            TestPaths.BootScript, [Path.Combine(TestPaths.Tools, "kernels", kernel), Path.Combine(TestPaths.Machines, "disk"), console, part])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long started = Stopwatch.GetTimestamp();
        Dictionary<string, GuestLine> results = [];
        bool finished = false;
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            using CancellationTokenSource limit = new(Limit);
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                finished |= line.TrimEnd('\r') == GuestLine.End;
                if (GuestLine.TryParse(line) is { } result)
                {
                    results[result.Name] = result;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told by what is missing.
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        string said = $"{await errors}\n{(File.Exists(console) ? string.Join('\n', File.ReadLines(console).TakeLast(30)) : "no console")}";
        return new VirtualMachine(results, finished, said, Stopwatch.GetElapsedTime(started));
    }
}
