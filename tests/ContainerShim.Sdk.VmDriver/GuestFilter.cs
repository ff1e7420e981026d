using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.VmDriver;

/// <summary>Selects the tests for the guest, of which a part of the name may choose some.</summary>
internal sealed class GuestFilter(string part) : ITestFilter
{
    public bool Pass(ITest test) => test.IsSuite
        ? test.Tests.Any(Pass)
        : GuestTests.IsForGuest(test) && test.FullName.Contains(part, StringComparison.OrdinalIgnoreCase);

    public bool IsExplicitMatch(ITest test) => false;

    public TNode ToXml(bool recursive) => new("filter");

    public TNode AddToXml(TNode parentNode, bool recursive) => parentNode.AddElement("filter");
}
