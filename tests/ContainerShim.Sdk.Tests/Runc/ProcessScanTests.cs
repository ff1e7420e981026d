using System.Diagnostics;
using System.Globalization;
using ContainerShim.Sdk.Runc;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class ProcessScanTests
{
    [Test]
    public void Run_NothingHangs_FindsAll() =>
        Assert.That(new ProcessScan<string>(Enumerable.Range(1, 500), Even).Run(), Is.EquivalentTo(Enumerable.Range(1, 500).Select(Even).OfType<string>()));

    [Test]
    public void Run_SomeHang_FindsTheOthersInTime()
    {
        // Not disposed: the threads leave it after the test.
        ManualResetEventSlim gate = new();
        string? Read(int pid)
        {
            if (pid is 2 or 100 or 500)
            {
                gate.Wait();
            }

            return Even(pid);
        }

        Stopwatch watch = Stopwatch.StartNew();
        IReadOnlyList<string> found = new ProcessScan<string>(Enumerable.Range(1, 500), Read).Run();

        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        Assert.That(found, Has.Count.EqualTo(247).And.None.EqualTo("2"));
        gate.Set();
    }

    [Test]
    public void Run_AllHang_Ends()
    {
        // Not disposed: the threads leave it after the test.
        ManualResetEventSlim gate = new();
        string? Read(int pid)
        {
            gate.Wait();
            return Even(pid);
        }

        Assert.That(new ProcessScan<string>(Enumerable.Range(1, 500), Read).Run(), Is.Empty);
        gate.Set();
    }

    private static string? Even(int pid) => pid % 2 == 0 ? pid.ToString(CultureInfo.InvariantCulture) : null;
}
