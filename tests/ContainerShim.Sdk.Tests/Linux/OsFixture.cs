using System.Diagnostics;
using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Linux;

/// <summary>A reactor, a monitor and a spawner for one test, and bounded waits.</summary>
internal sealed class OsFixture : IDisposable
{
    internal static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    internal OsFixture(TimeProvider? time = null)
    {
        Reactor = new Reactor(NullLogger.Instance);
        Monitor = new PidfdProcessMonitor(Reactor, time ?? Reactor.Time, NullLogger.Instance);
        Spawner = new PosixSpawner(Monitor);
    }

    internal Reactor Reactor { get; }

    internal PidfdProcessMonitor Monitor { get; }

    internal PosixSpawner Spawner { get; }

    public void Dispose()
    {
        Monitor.Dispose();
        Reactor.Dispose();
    }

    internal static SpawnRequest Shell(string script) =>
        new() { FileName = "/bin/sh", Arguments = ["sh", "-c", script], Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] };

    internal IProcessWatch StartShell(string script) => Spawner.Spawn(Shell(script));

    /// <summary>Runs a script to its end and returns what it wrote.</summary>
    internal async Task<string> ReadShellAsync(string script, Func<SpawnRequest, SpawnRequest>? change = null)
    {
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        using (reader)
        {
            SpawnRequest request = Shell(script) with { Stdout = writer };
            using IProcessWatch watch = Spawner.Spawn(change?.Invoke(request) ?? request);
            writer.Dispose();
            await watch.Exited.WaitAsync(Bound);
            byte[] buffer = new byte[65536];
            int count = Libc.Read(reader, buffer);
            return Encoding.UTF8.GetString(buffer, 0, Math.Max(count, 0));
        }
    }

    /// <summary>Waits until a condition holds that nothing announces, such as the state of a process.</summary>
    internal static async Task UntilAsync(Func<bool> condition)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.That(watch.Elapsed, Is.LessThan(Bound), "the condition did not come true in time");
            await Task.Delay(5);
        }
    }

    /// <summary>What the descriptors of this process refer to, but for files that the runtime opens when it likes.</summary>
    internal static int CountDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Count(static path =>
    {
        string target = new FileInfo(path).LinkTarget ?? "";
        return target.Length > 0 && !target.StartsWith('/') || target.StartsWith("/dev/", StringComparison.Ordinal) || target.StartsWith("/tmp/", StringComparison.Ordinal);
    });

    internal static char? StateOf(int pid)
    {
        try
        {
            string line = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return line[line.LastIndexOf(')') + 2];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
