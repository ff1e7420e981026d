namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>The operations of epoll_ctl(2).</summary>
internal enum EpollOperation
{
    Add = 1,
    Remove = 2,
    Modify = 3,
}
