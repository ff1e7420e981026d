namespace ContainerShim.Sdk.Linux;

/// <summary>
/// Gives registrations the tokens that come back from epoll_wait(2): a slot, and a generation that changes when the slot is freed. So an
/// event that was fetched before its registration was disposed finds nobody, though the slot or the descriptor is in use again.
/// </summary>
internal sealed class ReactorSlots
{
    /// <summary>The token of the reactor's own eventfd.</summary>
    internal const ulong WakeUpToken = ulong.MaxValue;

    private readonly Lock _lock = new();
    private readonly Stack<uint> _free = new();
    private ReactorRegistration?[] _registrations = new ReactorRegistration?[16];
    private uint[] _generations = new uint[16];
    private uint _used;

    internal ulong Add(ReactorRegistration registration)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out uint slot))
            {
                slot = _used++;
                if (slot == _registrations.Length)
                {
                    Array.Resize(ref _registrations, _registrations.Length * 2);
                    Array.Resize(ref _generations, _generations.Length * 2);
                }
            }

            _registrations[slot] = registration;
            return ((ulong)_generations[slot] << 32) | slot;
        }
    }

    internal void Remove(ulong token)
    {
        lock (_lock)
        {
            uint slot = (uint)token;
            _registrations[slot] = null;
            _generations[slot]++;
            _free.Push(slot);
        }
    }

    internal ReactorRegistration? Find(ulong token)
    {
        lock (_lock)
        {
            uint slot = (uint)token;
            return _generations[slot] == (uint)(token >> 32) ? _registrations[slot] : null;
        }
    }
}
