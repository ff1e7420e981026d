using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Runc;

/// <summary>A runtime driver over a fake spawner, with a bundle and a binary called runc in a PATH of its own.</summary>
internal sealed class RuncFixture : IDisposable
{
    private readonly TempDirectory _directory = new();

    internal RuncFixture(RuncRuntimeOptions? options = null)
    {
        Bundle = _directory.Make("bundle");
        Temporary = _directory.Make("tmp");
        _directory.Make("bin");
        RuncPath = _directory.Script("bin/runc", "exit 1");
        Variables = new()
        {
            ["PATH"] = _directory["bin"], ["TMPDIR"] = Temporary, ["NOTIFY_SOCKET"] = "/run/x", ["LD_PRELOAD"] = "/x", ["DOTNET_X"] = "1",
            ["XDG_RUNTIME_DIR"] = Temporary, ["LANG"] = "de_DE", ["MINE"] = "1",
        };
        Runtime = new RuncRuntime(options ?? new RuncRuntimeOptions(), Spawner, Time, name => Variables.GetValueOrDefault(name));
    }

    internal Dictionary<string, string> Variables { get; }

    internal FakeTimeProvider Time { get; } = new();

    internal FakeSpawner Spawner { get; } = new();

    internal RuncRuntime Runtime { get; }

    internal string Bundle { get; }

    internal string Temporary { get; }

    internal string RuncPath { get; }

    internal string LogPath => Path.Join(Bundle, "log.json");

    internal RuntimeContainer Container => new() { Id = "c1", Bundle = Bundle, ContainerdNamespace = "ns1" };

    /// <summary>The arguments that come before each command.</summary>
    internal string Globals => GlobalsWithLog("log.json");

    /// <summary>The arguments that come before the command.</summary>
    internal string GlobalsWithLog(string name) => $"runc --root /run/containerd/runc/ns1 --log {Path.Join(Bundle, name)} --log-format json ";

    internal string Line => string.Join(' ', Spawner.Last.Arguments);

    internal TempDirectory Directory => _directory;

    /// <summary>A directory that could hold the image of a container.</summary>
    internal string MakeImage()
    {
        string image = _directory.Make("image");
        File.WriteAllText(Path.Join(image, "inventory.img"), "");
        return image;
    }

    public void Dispose() => _directory.Dispose();
}
