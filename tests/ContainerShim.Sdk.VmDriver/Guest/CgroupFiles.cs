using System.Globalization;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The files of a cgroup as they were at one moment, without what changes by itself.</summary>
internal sealed class CgroupFiles
{
    private readonly Dictionary<string, string> _texts;

    internal CgroupFiles(GuestTask task, IEnumerable<string> names) => _texts = names.ToDictionary(name => name, name => Stable(name, task.Read(name)));

    public string this[string name] => _texts[name];

    public ulong Number(string name) => this[name] is "max" ? ulong.MaxValue : ulong.Parse(this[name], CultureInfo.InvariantCulture);

    public Dictionary<string, ulong> Table(string name) => GuestTask.ParseTable(this[name]);

    public bool IsSameAs(CgroupFiles other) => _texts.All(text => other[text.Key] == text.Value);

    /// <summary>Without the averages of pressure, which go down by themselves.</summary>
    private static string Stable(string name, string text) => name.EndsWith(".pressure", StringComparison.Ordinal)
        ? string.Join('\n', text.Split('\n').Select(line => line[..4] + line[line.LastIndexOf(' ')..]))
        : text;
}
