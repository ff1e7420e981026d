using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Reaper;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Reaper;

/// <summary>An engine's side of the real reaper, in a state directory of its own.</summary>
internal sealed class ReaperFixture : IDisposable
{
    private readonly bool _ownsDirectory;

    internal ReaperFixture(string? directory = null)
    {
        _ownsDirectory = directory is null;
        Directory = directory ?? System.IO.Directory.CreateTempSubdirectory("reaper-").FullName;
        Reactor = new Reactor(NullLogger.Instance);
        Link = new ReaperLink(Reactor, Directory, NullLogger.Instance);
        Monitor = new PidfdProcessMonitor(Reactor, Reactor.Time, NullLogger.Instance, Link);
        Spawner = Link.SpawnerFor(Monitor);
    }

    internal string Directory { get; }

    internal string Socket => Path.Join(Directory, "reaper.sock");

    internal Reactor Reactor { get; }

    internal ReaperLink Link { get; }

    internal PidfdProcessMonitor Monitor { get; }

    internal IProcessSpawner Spawner { get; }

    internal IProcessWatch StartShell(string script) => Spawner.Spawn(OsFixture.Shell(script));

    /// <summary>Runs a script to its end and returns what it wrote.</summary>
    internal async Task<string> ReadShellAsync(string script, Func<SpawnRequest, SpawnRequest>? change = null)
    {
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        using (reader)
        {
            SpawnRequest request = OsFixture.Shell(script) with { Stdout = writer };
            using IProcessWatch watch = Spawner.Spawn(change?.Invoke(request) ?? request);
            writer.Dispose();
            await watch.Exited.WaitAsync(OsFixture.Bound);
            byte[] buffer = new byte[65536];
            int count = Libc.Read(reader, buffer);
            return Encoding.UTF8.GetString(buffer, 0, Math.Max(count, 0));
        }
    }

    /// <summary>A process that lost its parent, became the reaper's child and ends with a code, after something else; its pid.</summary>
    internal async Task<int> MakeOrphanAsync(int code, string before = ":") => int.Parse(
        await ReadShellAsync($"sh -c 'while test -d /proc/'$$'; do :; done; {before}; exit {code}' >/dev/null & echo $!"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Ends the engine's side without a word, as SIGKILL does.</summary>
    internal void Die()
    {
        Link.Dispose();
        Monitor.Dispose();
        Reactor.Dispose();
    }

    public void Dispose()
    {
        Die();
        if (_ownsDirectory)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
