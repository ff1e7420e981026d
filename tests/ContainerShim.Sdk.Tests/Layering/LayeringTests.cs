using System.Reflection;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Testing.InMemory;
using ContainerShim.Sdk.Ttrpc;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Tests.Layering;

/// <summary>Holds what may know what.</summary>
internal sealed class LayeringTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly Abstractions = typeof(ShimException).Assembly;
    private static readonly Assembly Sdk = typeof(ShimApplication).Assembly;
    private static readonly Assembly Ttrpc = typeof(TtrpcServer).Assembly;
    private static readonly Assembly Protocol = typeof(TypeUrls).Assembly;
    private static readonly Assembly Testing = typeof(InMemoryHost).Assembly;

    /// <summary>Tables that are written down in the source, and kept as they are there.</summary>
    private static readonly string[] Tables = ["MountOptions.Table", "MountOptions.PropagationTable"];

    private static readonly Assembly[] Written = [Abstractions, Sdk, Ttrpc, Testing];

    [Test]
    public void Abstractions_ReferToTheFrameworkAlone() =>
        Assert.That(Abstractions.GetReferencedAssemblies().Select(static name => name.Name), Has.All.StartsWith("System."));

    [Test]
    public void Ttrpc_KnowsNothingOfShims() => Assert.That(
        Ttrpc.GetReferencedAssemblies().Select(static name => name.Name), Has.None.StartsWith("ContainerShim."));

    [Test]
    public void Testing_NeedsNoTestFramework() => Assert.That(
        Testing.GetReferencedAssemblies().Select(static name => name.Name!.Split('.')[0]).Distinct(),
        Is.SubsetOf(new[] { "System", "ContainerShim", "Google", "Grpc", "Microsoft" }));

    [Test]
    public void Containers_StartNoProcesses()
    {
        (Type User, Type Used)[] uses = [.. TypeUses.In(Sdk, typeof(Container).Namespace!)];
        Assert.That(uses.Select(static use => use.Used), Has.Some.EqualTo(typeof(Runtimes.IOciRuntime)), "the search finds what is there");
        Type[] starters = [typeof(IProcessSpawner), typeof(PosixSpawner), typeof(SpawnRequest), typeof(System.Diagnostics.Process)];
        Assert.That(uses.Where(use => starters.Contains(use.Used)), Is.Empty);
    }

    [Test]
    public void Runc_KnowsNoContainersEventsOrMessages()
    {
        (Type User, Type Used)[] uses = [.. TypeUses.In(Sdk, typeof(RuncRuntime).Namespace!)];
        Assert.That(uses.Select(static use => use.Used), Has.Some.EqualTo(typeof(IProcessSpawner)), "the search finds what is there");
        string[] foreign = ["ContainerShim.Sdk.Containers", "ContainerShim.Sdk.Events", "ContainerShim.Sdk.Tasks", "ContainerShim.Sdk.Services"];
        Assert.That(
            uses.Where(use => foreign.Contains(use.Used.Namespace) || use.Used.Assembly == Protocol || use.Used.Assembly == Ttrpc
                || use.Used.Namespace?.StartsWith("Google.Protobuf", StringComparison.Ordinal) == true),
            Is.Empty);
    }

    [Test]
    public void NativeCalls_AreInTheInteropFolderAlone()
    {
        MethodInfo[] native = [.. Written.Append(Protocol).SelectMany(static assembly => assembly.GetTypes()).SelectMany(static type => type.GetMethods(All))
            .Where(static method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))];
        Assert.That(native, Is.Not.Empty);
        Assert.That(
            native.Select(static method => method.DeclaringType!.Namespace).Distinct(),
            Is.EquivalentTo(new[] { "ContainerShim.Sdk.Linux.Interop", "ContainerShim.Sdk.Ttrpc.Interop" }));
    }

    [Test]
    public void StaticFields_AreNeverChanged()
    {
        IEnumerable<FieldInfo> fields = Written.SelectMany(static assembly => assembly.GetTypes()).SelectMany(static type => type.GetFields(All))
            .Where(static field => field.IsStatic && !field.IsLiteral && !IsCompilersCache(field));
        Assert.That(
            fields.Where(static field => !field.IsInitOnly || IsCollectionToChange(field.FieldType) || field.IsDefined(typeof(ThreadStaticAttribute)))
                .Select(static field => $"{field.DeclaringType!.Name}.{field.Name}"),
            Is.SubsetOf(Tables));
    }

    [Test]
    public void PublicSignatures_HaveNoMessages()
    {
        Assembly[] messages = [Protocol, typeof(Google.Protobuf.IMessage).Assembly, typeof(Grpc.Core.Status).Assembly];
        Assert.That(
            from type in Abstractions.GetExportedTypes().Concat(Sdk.GetExportedTypes()).Concat(Testing.GetExportedTypes())
            from used in TypeUses.Exposed(type)
            where messages.Contains(used.Assembly)
            select $"{type} shows {used}",
            Is.Empty);
    }

    [Test]
    public void PublicTypes_HaveNoNamesOfTheFramework()
    {
        string[] taken = ["Task", "TaskStatus", "Console", "Process"];
        Assert.That(Written.SelectMany(static assembly => assembly.GetExportedTypes()).Where(type => taken.Contains(type.Name)), Is.Empty);
    }

    [Test]
    public void Internals_AreVisibleToNoShippedAssembly() => Assert.That(
        Written.Append(Protocol).SelectMany(static assembly => assembly.GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>())
            .Select(static attribute => attribute.AssemblyName),
        Has.All.Matches<string>(static name => name!.EndsWith(".Tests", StringComparison.Ordinal) || name!.EndsWith(".Benchmarks", StringComparison.Ordinal) || name!.EndsWith(".VmDriver", StringComparison.Ordinal)
            || name == "DynamicProxyGenAssembly2"));

    [Test]
    public void LogMessages_HaveEachAnIdOfTheirOwn()
    {
        int[] ids = [.. Written.SelectMany(static assembly => assembly.GetTypes()).SelectMany(static type => type.GetMethods(All))
            .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().Select(static message => message.EventId)];
        Assert.That(ids, Is.Not.Empty.And.Unique.And.All.Positive);
    }

    /// <summary>Delegates and state machines that the compiler or a generator keeps; what it keeps for a property is ours.</summary>
    private static bool IsCompilersCache(FieldInfo field) =>
        (field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal))
        || field.DeclaringType!.Name.StartsWith('<');

    private static bool IsCollectionToChange(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var definition
        && (definition == typeof(List<>) || definition == typeof(Dictionary<,>) || definition == typeof(HashSet<>) || definition == typeof(Queue<>)
            || definition.Namespace == "System.Collections.Concurrent");
}
