using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.TestHost;

/// <summary>All of the host that an embedded engine could change.</summary>
internal sealed partial record HostCensus(IReadOnlyDictionary<string, string> Facts)
{
    private static readonly string[] StatusLines = ["Umask", "SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Seccomp", "CapEff"];

    /// <summary>What the framework sets up when it is first used, so that it does not look like the engine's doing.</summary>
    public static void WarmUp()
    {
        using Process process = Process.Start("/bin/true");
        process.WaitForExit();
        _ = Console.In;
        _ = Console.Out;
    }

    public static HostCensus Take()
    {
        Dictionary<string, string> facts = [];
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            string name = line.Split(':')[0];
            if (StatusLines.Contains(name))
            {
                facts[name] = line;
            }
        }

        facts["directory"] = Environment.CurrentDirectory;
        facts["limits"] = File.ReadAllText("/proc/self/limits");
        facts["subreaper"] = IsSubreaper();
        facts["children"] = string.Join(' ', Directory.GetDirectories("/proc/self/task").Select(static thread => TryRead(thread + "/children").Trim())).Trim();
        facts["threads"] = string.Join(' ', Directory.GetDirectories("/proc/self/task").Select(static thread => TryRead(thread + "/comm").Trim())
            .Where(static name => !name.StartsWith(".NET", StringComparison.Ordinal) && name != "dotnet" && !name.StartsWith("ContainerShim", StringComparison.Ordinal)).Order());
        facts["descriptors"] = string.Join(' ', new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
            .Select(static link => link.LinkTarget ?? "").Select(KindOf).Where(static kind => kind.Length > 0).Order());
        return new HostCensus(facts);
    }

    /// <summary>Empty when nothing has changed.</summary>
    public string DifferenceTo(HostCensus other) => string.Join(
        "; ", Facts.Where(fact => other.Facts[fact.Key] != fact.Value).Select(fact => $"{fact.Key}: {fact.Value} became {other.Facts[fact.Key]}"));

    /// <summary>Files are the framework's own: assemblies, which it opens when it likes.</summary>
    private static string KindOf(string target) => target.StartsWith('/') ? "" : target.Split(':')[0];

    private static unsafe string IsSubreaper()
    {
        const int GetChildSubreaper = 37;
        int value = -1;
        _ = ProcessControl(GetChildSubreaper, (nint)(&value));
        return value.ToString();
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, nint argument);
}
