using System.CommandLine;

namespace EmbeddedHost.Containers;

/// <summary>The options of every command: where the containers are kept.</summary>
internal sealed class StoreOptions
{
    public Option<string> Root { get; } = new("--root")
    {
        Description = "Where containers are kept (or EMBEDDED_HOST_ROOT)",
        HelpName = "DIR",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("EMBEDDED_HOST_ROOT") is { Length: > 0 } root ? root : "/run/embedded-host",
        Recursive = true,
    };

    public Option<string> Namespace { get; } = new("--namespace")
    {
        Description = "Which containers are meant (or EMBEDDED_HOST_NAMESPACE); also the beginning of the name of their cgroup",
        HelpName = "NAME",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("EMBEDDED_HOST_NAMESPACE") is { Length: > 0 } name ? name : "embedded-host",
        Recursive = true,
    };

    public ContainerStore Store(ParseResult result) => new(result.GetRequiredValue(Root), result.GetRequiredValue(Namespace));
}
