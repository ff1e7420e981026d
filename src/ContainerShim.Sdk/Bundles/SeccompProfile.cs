using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Refuses what a runtime takes for a filter and does not filter by: it passes over members that it does not know.</summary>
internal static class SeccompProfile
{
    /// <summary>What docker resolves by a container's capabilities and the kernel; without that every rule holds.</summary>
    private static readonly string[] _conditions = ["includes", "excludes"];

    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal static void Demand(ReadOnlyMemory<byte> profile)
    {
        using JsonDocument document = JsonDocument.Parse(profile);
        JsonElement root = document.RootElement;
        if (root.TryGetProperty("archMap", out _))
        {
            throw Foreign("archMap");
        }

        if (!root.TryGetProperty("defaultAction", out JsonElement action) || action.ValueKind != JsonValueKind.String)
        {
            throw ShimException.InvalidArgument("the seccomp profile has no defaultAction, so nothing would be filtered; wanted is the object linux.seccomp of config.json");
        }

        if (!root.TryGetProperty("syscalls", out JsonElement rules) || rules.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (JsonElement rule in rules.EnumerateArray().Where(static rule => rule.ValueKind == JsonValueKind.Object))
        {
            if (_conditions.FirstOrDefault(name => HasCondition(rule, name)) is { } condition)
            {
                throw Foreign(condition);
            }
        }
    }

    private static bool HasCondition(JsonElement rule, string name) =>
        rule.TryGetProperty(name, out JsonElement condition) && condition.ValueKind == JsonValueKind.Object && condition.EnumerateObject().Any();

    private static ShimException Foreign(string member) => ShimException.InvalidArgument(
        $"the seccomp profile is one of docker's, since it has {member}, which a runtime passes over; wanted is the object linux.seccomp of config.json");
}
