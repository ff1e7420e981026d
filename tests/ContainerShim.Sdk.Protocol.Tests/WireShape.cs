using Google.Protobuf.Reflection;

namespace ContainerShim.Sdk.Protocol.Tests;

/// <summary>What of a .proto file reaches the wire, as one line of text for each field, enum value and method.</summary>
/// <remarks>Keys are <c>full.Name</c> for the type itself and <c>full.Name/number</c> (a method: <c>full.Name/Method</c>) for what is in it.</remarks>
internal static class WireShape
{
    public static SortedDictionary<string, string> Of(IEnumerable<FileDescriptorProto> files)
    {
        SortedDictionary<string, string> shape = new(StringComparer.Ordinal);
        foreach (FileDescriptorProto file in files)
        {
            foreach (DescriptorProto message in file.MessageType)
            {
                AddMessage(shape, $"{file.Package}.{message.Name}", message);
            }

            foreach (EnumDescriptorProto values in file.EnumType)
            {
                string name = $"{file.Package}.{values.Name}";
                shape.Add(name, "enum");
                foreach (EnumValueDescriptorProto value in values.Value)
                {
                    shape.Add($"{name}/{value.Number}", value.Name);
                }
            }

            foreach (ServiceDescriptorProto service in file.Service)
            {
                string name = $"{file.Package}.{service.Name}";
                shape.Add(name, "service");
                foreach (MethodDescriptorProto method in service.Method)
                {
                    shape.Add($"{name}/{method.Name}", Method(method));
                }
            }
        }

        return shape;
    }

    /// <summary>The type that a key belongs to.</summary>
    public static string OwnerOf(string key) => key.Split('/')[0];

    private static void AddMessage(SortedDictionary<string, string> shape, string name, DescriptorProto message)
    {
        shape.Add(name, "message");
        foreach (FieldDescriptorProto field in message.Field)
        {
            shape.Add($"{name}/{field.Number}", $"{field.Name}: {TypeOf(message, field)}");
        }

        foreach (DescriptorProto nested in message.NestedType.Where(nested => nested.Options is not { MapEntry: true }))
        {
            AddMessage(shape, $"{name}.{nested.Name}", nested);
        }
    }

    private static string Method(MethodDescriptorProto method) =>
        $"({Stream(method.ClientStreaming)}{method.InputType.TrimStart('.')}) {Stream(method.ServerStreaming)}{method.OutputType.TrimStart('.')}";

    private static string Stream(bool streaming) => streaming ? "stream " : "";

    private static string TypeOf(DescriptorProto message, FieldDescriptorProto field)
    {
        string type = field.HasTypeName ? field.TypeName.TrimStart('.') : Scalar(field);
        DescriptorProto? entry = message.NestedType.FirstOrDefault(
            nested => nested.Options is { MapEntry: true } && field.TypeName.EndsWith($".{message.Name}.{nested.Name}", StringComparison.Ordinal));
        if (entry is not null)
        {
            return $"map<{Scalar(entry.Field[0])}, {Scalar(entry.Field[1])}>";
        }

        bool unpacked = field.Options is { HasPacked: true, Packed: false };
        string label = field.Label == FieldDescriptorProto.Types.Label.Repeated ? unpacked ? "repeated unpacked " : "repeated " : "";
        return (field.Proto3Optional ? "optional " : label) + type;
    }

    private static string Scalar(FieldDescriptorProto field) => field.Type.ToString().ToLowerInvariant();
}
