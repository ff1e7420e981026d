namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Who is at the other end of a unix socket, as the kernel noted it when the connection was made (unix(7), SO_PEERCRED).</summary>
/// <param name="Pid">The process id in our pid namespace; 0 where the peer lives in one that we cannot see.</param>
/// <param name="UserId">The effective user id.</param>
/// <param name="GroupId">The effective group id.</param>
public readonly record struct TtrpcPeer(int Pid, uint UserId, uint GroupId);
