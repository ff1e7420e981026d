using ContainerShim.Sdk;

namespace EmbeddedHost;

/// <summary>What a command ends with when it is not what the container ended with; as docker has it.</summary>
internal static class ExitCodes
{
    /// <summary>A command other than run and exec failed.</summary>
    public const int Failed = 1;

    /// <summary>run or exec failed before the program could be started.</summary>
    public const int ToolFailed = 125;

    /// <summary>The program is there and cannot be run.</summary>
    public const int NotExecutable = 126;

    /// <summary>There is no such program.</summary>
    public const int NoSuchProgram = 127;

    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>What a failure of the engine ends with; whether the program could be run concerns run and exec alone.</summary>
    public static int Of(ShimException exception, int otherwise) => exception.Reason switch
    {
        ShimErrorReason.ProgramNotFound when otherwise == ToolFailed => NoSuchProgram,
        ShimErrorReason.ProgramNotExecutable when otherwise == ToolFailed => NotExecutable,
        _ => otherwise,
    };
}
