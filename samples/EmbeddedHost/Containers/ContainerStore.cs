namespace EmbeddedHost.Containers;

/// <summary>The containers of one namespace: a directory for each, so that no command waits for another container's.</summary>
internal sealed class ContainerStore(string root, string containerdNamespace)
{
    private readonly string _directory = Path.Combine(Path.GetFullPath(root), Names.Demand(containerdNamespace, "namespace"));

    /// <summary>All there are, the oldest first.</summary>
    public IReadOnlyList<ContainerFiles> All() => !Directory.Exists(_directory)
        ? []
        : [.. Directory.EnumerateDirectories(_directory).Select(path => FilesOf(Path.GetFileName(path))).Where(files => files.Exists).OrderBy(files => files.Read().CreatedAt)];

    /// <exception cref="ToolException">There is none of that name.</exception>
    public ContainerFiles Get(string name) => FilesOf(Names.Demand(name, "name")) is { Exists: true } files
        ? files
        : throw new ToolException($"there is no container '{name}'; 'ps' lists those there are");

    /// <summary>Takes a name for a new container.</summary>
    /// <exception cref="ToolException">The name is taken.</exception>
    public ContainerFiles Create(ContainerRecord record)
    {
        ContainerFiles files = FilesOf(Names.Demand(record.Name, "name"));
        return files.TryCreate(record)
            ? files
            : throw new ToolException($"there is a container '{record.Name}' already; remove it with 'rm {record.Name}', or choose another --name");
    }

    private ContainerFiles FilesOf(string name) => new(Path.Combine(_directory, name), containerdNamespace);
}
