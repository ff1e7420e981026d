using System.Text;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk;

/// <summary>How a process of a container ended, and what it wrote.</summary>
public sealed record ExecResult
{
    /// <summary>How it ended.</summary>
    public required ProcessExit Exit { get; init; }

    /// <summary>Whether it was killed because its time was over.</summary>
    public required bool TimedOut { get; init; }

    /// <summary>What it wrote, up to the limit.</summary>
    public required ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>What it wrote to its error output, up to the limit.</summary>
    public required ReadOnlyMemory<byte> Error { get; init; }

    /// <summary>Whether it wrote more than was kept.</summary>
    public required bool IsTruncated { get; init; }

    /// <summary>Its status: 0 to 255, 128+n for signal n.</summary>
    public int ExitCode => Exit.ExitCode;

    /// <summary><see cref="Output"/> as UTF-8 text.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output.Span);

    /// <summary><see cref="Error"/> as UTF-8 text.</summary>
    public string ErrorText => Encoding.UTF8.GetString(Error.Span);
}
