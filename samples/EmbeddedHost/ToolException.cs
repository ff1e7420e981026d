namespace EmbeddedHost;

/// <summary>An error that the user is told in one line, and may do something about.</summary>
internal class ToolException(string message, int? exitCode = null) : Exception(message)
{
    /// <summary>What to end with; null for the usual code of the command.</summary>
    public int? ExitCode => exitCode;
}
