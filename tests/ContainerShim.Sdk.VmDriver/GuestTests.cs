using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Tests.Processes;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.VmDriver;

/// <summary>Which tests of this assembly run in the guest. The host lists them to know what must come.</summary>
public static class GuestTests
{
    /// <summary>Tests of this machine that hold on every kernel, however slow it is.</summary>
    private static readonly HashSet<Type> Shared = [typeof(LifecycleTests), typeof(PidfdProcessMonitorTests), typeof(OrphanReaperTests)];

    /// <summary>One at a time: two processors are emulated by at most as many.</summary>
    internal static Dictionary<string, object> Settings { get; } = new() { ["NumberOfTestWorkers"] = 0 };

    /// <summary>The full names of the tests that have a part in their name.</summary>
    public static IReadOnlyList<string> Names(string part)
    {
        GuestFilter filter = new(part);
        List<string> names = [];
        Add(new DefaultTestAssemblyBuilder().Build(typeof(GuestTests).Assembly, Settings));
        return names;

        void Add(ITest test)
        {
            if (!test.IsSuite && filter.Pass(test))
            {
                names.Add(test.FullName);
            }

            foreach (ITest inner in test.Tests)
            {
                Add(inner);
            }
        }
    }

    /// <remarks>On the disk are the runtimes of one release.</remarks>
    internal static bool IsForGuest(ITest test) =>
        test.TypeInfo?.Type is { } type
        && (type.Namespace == typeof(Guest.GuestFixture).Namespace || (Shared.Contains(type) && !test.FullName.Contains("-sid\")", StringComparison.Ordinal)));
}
