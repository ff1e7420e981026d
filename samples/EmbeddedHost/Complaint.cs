using ContainerShim.Sdk;

namespace EmbeddedHost;

/// <summary>What is said on the error output.</summary>
internal static class Complaint
{
    /// <summary>Whether the message of an exception is meant for the user; others are bugs and come with their stack.</summary>
    public static bool Explains(Exception exception) =>
        exception is ToolException or ShimException or IOException or UnauthorizedAccessException;

    public static void Write(string message) => Console.Error.WriteLine("error: " + message);

    public static void Hint(string message) => Console.Error.WriteLine("hint: " + message);
}
