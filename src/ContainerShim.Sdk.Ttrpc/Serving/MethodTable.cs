using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>Finds the handler of a request by its two names, as they lie in the buffer.</summary>
internal sealed class MethodTable(IEnumerable<string> longPolls)
{
    private const int NameBuffer = 128;

    private readonly Dictionary<string, Dictionary<string, MethodHandler>> _services = new(StringComparer.Ordinal);
    private readonly HashSet<string> _longPolls = [.. longPolls];
    private bool _frozen;

    internal void Freeze() => _frozen = true;

    internal void Add(MethodHandler handler)
    {
        ThrowIfFrozen();
        handler.IsLongPoll |= _longPolls.Contains(handler.FullName);
        if (!_services.TryGetValue(handler.Service, out Dictionary<string, MethodHandler>? methods))
        {
            _services.Add(handler.Service, methods = new(StringComparer.Ordinal));
        }

        if (!methods.TryAdd(handler.Name, handler))
        {
            throw new ArgumentException($"Method {handler.FullName} is bound already.", nameof(handler));
        }
    }

    internal void Alias(string service, string alias)
    {
        ThrowIfFrozen();
        if (!_services.TryGetValue(service, out Dictionary<string, MethodHandler>? methods))
        {
            throw new ArgumentException($"Service {service} is not bound.", nameof(service));
        }

        if (_services.ContainsKey(alias))
        {
            throw new ArgumentException($"Service {alias} is bound already.", nameof(alias));
        }

        foreach (MethodHandler handler in methods.Values)
        {
            MethodHandler twin = handler.Under(alias);
            twin.IsLongPoll = handler.IsLongPoll;
            Add(twin);
        }
    }

    /// <returns>Null, with the status to answer, where there is no such method.</returns>
    /// <exception cref="InvalidDataException">A name is not valid UTF-8.</exception>
    internal MethodHandler? Find(in RequestEnvelope request, out Status refusal)
    {
        Span<char> buffer = stackalloc char[NameBuffer];
        ReadOnlySpan<char> service = WireText.Decode(request.Service, buffer);
        if (!_services.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(service, out Dictionary<string, MethodHandler>? methods))
        {
            refusal = new Status(StatusCode.Unimplemented, $"service {service}");
            return null;
        }

        ReadOnlySpan<char> method = WireText.Decode(request.Method, buffer);
        if (!methods.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(method, out MethodHandler? handler))
        {
            refusal = new Status(StatusCode.Unimplemented, $"method {method}");
            return null;
        }

        refusal = default;
        return handler;
    }

    private void ThrowIfFrozen()
    {
        if (_frozen)
        {
            throw new InvalidOperationException("Services are bound before the server serves.");
        }
    }
}
