using System.Collections.Frozen;

namespace ContainerShim.Sdk.Integration.Tests.Vm;

/// <summary>All machines at once, since each has one processor: the first fixture that asks boots them.</summary>
internal static class Machines
{
    /// <summary>Part of the names of the tests to run; by default all.</summary>
    public static string Part { get; } = Environment.GetEnvironmentVariable("CONTAINERSHIM_VM_PART") ?? "";

    /// <summary>The directories below <c>artifacts/tools/kernels</c>.</summary>
    public static IEnumerable<string> Kernels { get; } = ["bookworm", "sid"];

    private static Lazy<FrozenDictionary<string, Task<VirtualMachine>>> Runs { get; } =
        new(static () => Kernels.ToFrozenDictionary(kernel => kernel, kernel => VirtualMachine.RunAsync(kernel, Part)));

    public static Task<VirtualMachine> RunAsync(string kernel) => Runs.Value[kernel];
}
