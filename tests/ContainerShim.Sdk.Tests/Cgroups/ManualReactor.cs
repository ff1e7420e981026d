using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>A reactor without a thread: what is posted runs when the test says so, and no descriptor is ever ready.</summary>
internal sealed class ManualReactor : IReactor
{
    private readonly Queue<Action> _posted = new();

    public IReactorRegistration Register(SafeHandle handle, PollEvents interest, Action<PollEvents> onReady) => new Registration { Interest = interest };

    public void Post(Action action) => _posted.Enqueue(action);

    internal void RunPosted()
    {
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }
    }

    private sealed class Registration : IReactorRegistration
    {
        public PollEvents Interest { get; set; }

        public void Dispose()
        {
        }
    }
}
