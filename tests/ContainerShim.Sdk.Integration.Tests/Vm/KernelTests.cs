extern alias guest;

using guest::ContainerShim.Sdk.VmDriver;

namespace ContainerShim.Sdk.Integration.Tests.Vm;

/// <summary>
/// The tests that run in a machine with pure cgroup v2 on a kernel of its own, see tests/vm/README.md. The machines are booted once; each of
/// their tests is a case here. Needs qemu-system-x86_64.
/// </summary>
[TestFixtureSource(typeof(Machines), nameof(Machines.Kernels))]
public sealed class KernelTests(string kernel)
{
    private VirtualMachine _machine = null!;

    public static IEnumerable<TestCaseData> Names() => GuestTests.Names(Machines.Part).Select(name => new TestCaseData(name).SetArgDisplayNames(Shorten(name)));

    [OneTimeSetUp]
    public async Task Boot()
    {
        _machine = await Machines.RunAsync(kernel);
        await TestContext.Progress.WriteLineAsync(
            $"{kernel}: {_machine.Results.Count} tests in {_machine.Elapsed.TotalSeconds:F0} s; slowest: "
            + string.Join(", ", _machine.Results.Values.OrderByDescending(line => line.Milliseconds).Take(5).Select(line => $"{Shorten(line.Name)} {line.Milliseconds} ms")));
    }

    [TestCaseSource(nameof(Names))]
    public void Guest_RunningATest_Passes(string name)
    {
        Assert.That(_machine.Results, Does.ContainKey(name), $"the machine said nothing of it. Its console:\n{_machine.Console}");
        Assert.That(_machine.Results[name].Passed, $"{_machine.Results[name].Detail}\nconsole:\n{_machine.Console}");
    }

    [Test]
    public void Guest_AfterItsTests_HasEndedByItself()
    {
        Assert.That(_machine.Finished, _machine.Console);
    }

    /// <summary>Namespaces say nothing here.</summary>
    private static string Shorten(string name)
    {
        int arguments = name.IndexOf('(', StringComparison.Ordinal);
        int end = name.LastIndexOf('.', arguments < 0 ? name.Length - 1 : arguments);
        int start = end <= 0 ? -1 : name.LastIndexOf('.', end - 1);
        return name[(start + 1)..];
    }
}
