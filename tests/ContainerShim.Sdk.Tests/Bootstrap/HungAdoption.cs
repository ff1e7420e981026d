using System.Diagnostics;
using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Bootstrap;

/// <summary>A container of an earlier shim, of which a new one asks a runtime that never answers.</summary>
internal sealed class HungAdoption : IDisposable
{
    /// <summary>ENXIO, see fifo(7).</summary>
    private const int NoReader = 6;

    private readonly Process _container = Process.Start("sleep", "1000");
    private readonly string _gate;
    private SafeFd? _writer;

    public HungAdoption(ShimFixture shim, string id)
    {
        string bundle = shim.MakeBundle(id);
        _gate = shim.Directory["gate"];
        Fifo.Make(_gate);
        new BundleStore().WriteOptions(bundle, new RuntimeOptions { BinaryName = shim.Directory.Script("runtime", $"read -r line < {_gate}") });
        ProcessRecord record = new() { Id = id, Phase = RecordPhase.Running, Bundle = bundle };
        new BundleRecords(bundle).Write(id, bundle, ProcessIdentity.Mark(record, _container.Id));
    }

    public bool IsContainerAlive => !_container.HasExited;

    /// <summary>Waits until the runtime reads, and never lets it go.</summary>
    public Task HangsAsync() => OsFixture.UntilAsync(() =>
    {
        try
        {
            _writer ??= Libc.Open(_gate, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        }
        catch (LinuxException failure) when (failure.Errno == NoReader)
        {
        }

        return _writer is not null;
    });

    public void Dispose()
    {
        _writer?.Dispose();
        _container.Kill();
        _container.WaitForExit();
        _container.Dispose();
    }
}
