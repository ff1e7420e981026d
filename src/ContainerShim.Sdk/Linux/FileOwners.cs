using System.Globalization;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>Whose files nobody but root, or the user of this process, can change.</summary>
/// <param name="Self">The effective user of this process.</param>
/// <param name="Unmapped">
/// Whom the kernel names as the owner where the real one has no number in this user namespace; null in the initial one, where all have.
/// </param>
internal sealed record FileOwners(uint Self, uint? Unmapped)
{
    private const uint UsualOverflow = 65534;

    /// <summary>Those of this process.</summary>
    internal static FileOwners OfThisProcess() => new(
        Libc.EffectiveUserId(),
        IsWholeMap(ReadOrEmpty("/proc/self/uid_map")) ? null : ParseOverflow(ReadOrEmpty("/proc/sys/kernel/overflowuid")));

    /// <summary>Whether the file belongs to somebody who is trusted.</summary>
    internal bool Include(FileStatus file) => file.IsOwnedByRootOr(Self) || file.Uid == Unmapped;

    /// <summary>Whether a text of <c>/proc/PID/uid_map</c> (user_namespaces(7)) gives each user his own number, as only the initial namespace does.</summary>
    internal static bool IsWholeMap(string map) =>
        map.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [] or ["0", "0", "4294967295"];

    private static uint ParseOverflow(string text) =>
        uint.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint user) ? user : UsualOverflow;

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
