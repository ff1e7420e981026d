using System.Text;
using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Tests.Bundles;

internal sealed class ProcessTerminalTests
{
    [TestCase("""{"args":["a"],"terminal":true}""", false, """{"args":["a"],"terminal":false}""")]
    [TestCase("""{ "terminal" : false , "cwd":"\u002f" }""", true, """{ "terminal" : true , "cwd":"\u002f" }""")]
    [TestCase("""{"env":["terminal"],"user":{"terminal":true},"terminal":true}""", false, """{"env":["terminal"],"user":{"terminal":true},"terminal":false}""")]
    [TestCase("""{"terminal":true,"terminal":true}""", false, """{"terminal":false,"terminal":false}""")]
    [TestCase("""{"terminal":null}""", true, """{"terminal":true}""")]
    [TestCase(""" {"cwd":"/"}""", true, """ {"terminal":true,"cwd":"/"}""")]
    [TestCase("{ }", true, """{"terminal":true }""")]
    public void Set_Different_ChangesNothingElse(string process, bool terminal, string expected) =>
        Assert.That(Set(process, terminal), Is.EqualTo(expected));

    [TestCase("""{"args":["a"], "terminal":true}""", true)]
    [TestCase("""{"terminal": false}""", false)]
    [TestCase("{}", false)]
    public void Set_SameAlready_KeepsTheBytes(string process, bool terminal) =>
        Assert.That(Set(process, terminal), Is.EqualTo(process));

    private static string Set(string process, bool terminal) => Encoding.UTF8.GetString(ProcessTerminal.Set(Encoding.UTF8.GetBytes(process), terminal).Span);
}
