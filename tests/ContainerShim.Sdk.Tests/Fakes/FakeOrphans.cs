using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Fakes;

internal sealed class FakeOrphans : IOrphanPolicy
{
    public int Holds { get; private set; }

    public int Expectations { get; private set; }

    public IDisposable Hold()
    {
        Holds++;
        return new Registration(() => Holds--);
    }

    public IDisposable Expect()
    {
        Expectations++;
        return new Registration(() => Expectations--);
    }
}
