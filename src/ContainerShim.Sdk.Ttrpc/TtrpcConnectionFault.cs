namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Tells why the server refused or ended a connection, or could not accept one.</summary>
/// <param name="Peer">The peer, where it is known.</param>
/// <param name="Reason">A sentence for a log.</param>
/// <param name="Exception">What was thrown, if something was.</param>
public sealed record TtrpcConnectionFault(TtrpcPeer? Peer, string Reason, Exception? Exception);
