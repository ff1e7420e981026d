using ContainerShim.Sdk.Processes;

namespace EmbeddedHost.Parsing;

/// <summary>Signals: <c>TERM</c>, <c>SIGTERM</c> or <c>15</c>.</summary>
internal static class SignalName
{
    /// <exception cref="ToolException">It is none.</exception>
    public static LinuxSignal Parse(string text) => LinuxSignal.TryParse(text, out LinuxSignal signal)
        ? signal
        : throw new ToolException($"'{text}' is no signal; write a name like TERM, or a number");
}
