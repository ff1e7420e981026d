namespace ContainerShim.Sdk.Stdio;

/// <summary>Whose output lies in a part of a chunk: one record, or, where there are none, all that one stream has added in a row.</summary>
/// <param name="End">Where it ends.</param>
/// <param name="Payload">How many bytes of output it tells.</param>
/// <param name="EndsLine">Whether a line of the output ends there; of no meaning for raw output.</param>
/// <param name="StartsLine">Whether the file may end before it.</param>
/// <param name="Counters">The stream.</param>
internal readonly record struct LogMark(int End, int Payload, bool EndsLine, bool StartsLine, StreamCounters Counters);
