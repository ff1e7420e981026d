using System.Globalization;
using System.Text.RegularExpressions;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>
/// What strace saw of a shim: one file a thread. Calls of other programs are left out, and so are those of a child between its making and
/// its execve(2), which arrange what the new program inherits.
/// </summary>
internal sealed partial class SystemCallTrace(string prefix, string program)
{
    /// <summary>What runs a program so that it is traced with everything it starts.</summary>
    public static IReadOnlyList<string> Command(string prefix) =>
        ["strace", "-ff", "-o", prefix, "-e", "trace=%desc,%network,%process,memfd_create", "--"];

    /// <summary>The calls of the program itself, in all its threads and processes.</summary>
    public IReadOnlyList<string> OwnCalls()
    {
        List<string> calls = [];
        Read(First(), isOwn: false, calls);
        return calls;
    }

    /// <summary>The thread that strace started: nobody's child, and its first call is execve(2). Ids say nothing of the order, as they begin anew.</summary>
    private int First()
    {
        string[] files = Directory.GetFiles(Path.GetDirectoryName(prefix)!, Path.GetFileName(prefix) + ".*");
        HashSet<int> children = [.. files.SelectMany(File.ReadLines).Where(call => MakesThread().IsMatch(call)).Select(Result)];
        return files
            .Where(static file => File.ReadLines(file).FirstOrDefault()?.StartsWith("execve(", StringComparison.Ordinal) == true)
            .Select(static file => int.Parse(Path.GetExtension(file).AsSpan(1), CultureInfo.InvariantCulture))
            .Single(id => !children.Contains(id));
    }

    /// <summary>The calls that make a descriptor which a program started at that moment would inherit.</summary>
    public IReadOnlyList<string> InheritableDescriptors() =>
        [.. OwnCalls().Where(call => MakesDescriptor().IsMatch(call) && !call.Contains("CLOEXEC", StringComparison.Ordinal) && Result(call) > 2)];

    private void Read(int thread, bool isOwn, List<string> calls)
    {
        string file = $"{prefix}.{thread}";
        if (!File.Exists(file))
        {
            return;
        }

        foreach (string call in File.ReadLines(file))
        {
            if (call.StartsWith("execve(", StringComparison.Ordinal) && Result(call) == 0)
            {
                isOwn = call.StartsWith($"execve(\"{program}\"", StringComparison.Ordinal);
            }
            else if (isOwn)
            {
                calls.Add(call);
            }

            if (MakesThread().IsMatch(call) && Result(call) is > 0 and { } child)
            {
                Read(child, isOwn && call.Contains("CLONE_THREAD", StringComparison.Ordinal), calls);
            }
        }
    }

    private static int Result(string call)
    {
        Match result = LastResult().Match(call);
        return result.Success ? int.Parse(result.Groups[1].Value, CultureInfo.InvariantCulture) : -1;
    }

    [GeneratedRegex(@"^(open|openat|openat2|pipe2?|socket|socketpair|accept4?|dup[23]?|epoll_create1?|eventfd2?|memfd_create|inotify_init1?|timerfd_create|signalfd4?|open_tree|fsopen|fsmount)\(|^fcntl\(.*F_DUPFD|^recvmsg\(.*SCM_RIGHTS")]
    private static partial Regex MakesDescriptor();

    [GeneratedRegex(@"^(clone3?|v?fork)\(")]
    private static partial Regex MakesThread();

    // Greedy, so that it is the last one: strings among the arguments may look like results.
    [GeneratedRegex(@"^.*\) += (-?\d+)")]
    private static partial Regex LastResult();
}
