namespace ContainerShim.Sdk.Protocol.Tests;

public sealed class WireShapeTests
{
    private static readonly SortedDictionary<string, string> Expected = WireTableReader.Read(WireTables.Text);

    private static IEnumerable<string> TableNames => Expected.Keys.Where(key => !key.Contains('/'));

    [TestCaseSource(nameof(TableNames))]
    public void Type_InATable_HasExactlyThatShape(string name)
    {
        Assert.That(EntriesOf(CompiledProtocol.Shape, name), Is.EqualTo(EntriesOf(Expected, name)));
    }

    [Test]
    public void Types_ThatAreCompiled_AllHaveATable()
    {
        Assert.That(CompiledProtocol.TypeNames.Except(TableNames), Is.Empty);
    }

    private static List<string> EntriesOf(SortedDictionary<string, string> shape, string name) =>
        [.. shape.Where(entry => WireShape.OwnerOf(entry.Key) == name).Select(entry => $"{entry.Key} {entry.Value}")];
}
