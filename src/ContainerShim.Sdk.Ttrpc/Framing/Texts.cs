namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Error texts of the Go implementation (server.go, errors.go, services.go), on which clients and tests match.</summary>
internal static class Texts
{
    internal const string Closed = "ttrpc: closed";
    internal const string OddStreamId = "StreamID must be odd for client initiated streams";
    internal const string StreamIdReused = "StreamID cannot be re-used and must increment";
    internal const string StreamIdInactive = "StreamID is no longer active";
    internal const string RequestMalformed = "unmarshal request error: ";
    internal const string DataHandling = "data handling error: ";
    internal const string StreamClosed = "ttrpc: stream closed";
    internal const string StreamFull = "ttrpc: stream buffer full";
    internal const string CloseWithData = "data close message cannot include data";
    internal const string NullResponse = "ttrpc: marshal called with nil";
    internal const string MarshalFailed = "ttrpc: error marshaling payload: ";
    internal const string Cancelled = "context canceled";
    internal const string DeadlineExceeded = "context deadline exceeded";
}
