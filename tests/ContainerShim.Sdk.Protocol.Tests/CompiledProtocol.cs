using System.Reflection;
using Google.Protobuf.Reflection;

namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>The shape of every .proto file that was compiled into the product.</summary>
internal static class CompiledProtocol
{
    public static SortedDictionary<string, string> Shape { get; } = WireShape.Of(Files().Select(file => file.ToProto()));

    public static IEnumerable<string> TypeNames => Shape.Keys.Where(key => !key.Contains('/'));

    private static IEnumerable<FileDescriptor> Files() =>
        from type in typeof(TypeUrls).Assembly.GetExportedTypes()
        let property = type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)
        where property?.PropertyType == typeof(FileDescriptor)
        select (FileDescriptor)property.GetValue(null)!;
}
