using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Picks from an OCI configuration what the shim needs. What it does not know, or is of another shape, is the runtime's to judge.</summary>
internal static class SpecReader
{
    /// <exception cref="ShimException">InvalidArgument: not a JSON object.</exception>
    internal static BundleSpec Read(ReadOnlySpan<byte> content)
    {
        Dictionary<string, string> annotations = new(StringComparer.Ordinal);
        bool hasPidNamespace = false;
        string cgroupsPath = "";
        try
        {
            Utf8JsonReader reader = new(content, new JsonReaderOptions { MaxDepth = 256 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new JsonException("not an object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isAnnotations = reader.ValueTextEquals("annotations"u8);
                bool isLinux = reader.ValueTextEquals("linux"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject && isAnnotations)
                {
                    ReadAnnotations(ref reader, annotations);
                }
                else if (reader.TokenType == JsonTokenType.StartObject && isLinux)
                {
                    hasPidNamespace = ReadLinux(ref reader, ref cgroupsPath);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw ShimException.InvalidArgument(content.IsEmpty ? "config.json: unexpected end of JSON input" : $"config.json: {exception.Message}", exception);
        }

        return new BundleSpec { Annotations = annotations, SharesPidNamespace = !hasPidNamespace, CgroupsPath = cgroupsPath };
    }

    private static void ReadAnnotations(ref Utf8JsonReader reader, Dictionary<string, string> annotations)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                annotations[name] = reader.GetString()!;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static bool ReadLinux(ref Utf8JsonReader reader, ref string cgroupsPath)
    {
        bool hasPidNamespace = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isNamespaces = reader.ValueTextEquals("namespaces"u8);
            bool isCgroupsPath = reader.ValueTextEquals("cgroupsPath"u8);
            reader.Read();
            if (isCgroupsPath && reader.TokenType == JsonTokenType.String)
            {
                cgroupsPath = reader.GetString()!;
            }
            else if (isNamespaces && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    hasPidNamespace |= reader.TokenType == JsonTokenType.StartObject && IsNewPidNamespace(ref reader);
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return hasPidNamespace;
    }

    /// <summary>An entry without a path asks for a new namespace; one with a path joins somebody's.</summary>
    private static bool IsNewPidNamespace(ref Utf8JsonReader reader)
    {
        bool isPid = false;
        bool hasPath = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("type"u8);
            bool isPath = reader.ValueTextEquals("path"u8);
            reader.Read();
            isPid |= isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("pid"u8);
            hasPath |= isPath && reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals(""u8);
            reader.Skip();
        }

        return isPid && !hasPath;
    }
}
