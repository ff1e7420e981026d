using System.Net;
using System.Net.Sockets;

namespace ContainerShim.Sdk.Ttrpc.Sockets;

/// <summary>
/// An address to bind. A socket bound through <see cref="UnixDomainSocketEndPoint"/> itself removes its path when disposed of, also in a
/// process that only opened it for another.
/// </summary>
internal sealed class UnixPathEndPoint(string path) : EndPoint
{
    private readonly UnixDomainSocketEndPoint _address = new(path);

    public override AddressFamily AddressFamily => AddressFamily.Unix;

    public override SocketAddress Serialize() => _address.Serialize();

    public override EndPoint Create(SocketAddress socketAddress) => _address.Create(socketAddress);
}
