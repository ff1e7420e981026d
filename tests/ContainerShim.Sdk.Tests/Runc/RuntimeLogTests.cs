using System.Text;
using ContainerShim.Sdk.Runc;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class RuntimeLogTests
{
    [TestCase("", "")]
    [TestCase("\n", "")]
    [TestCase("{\"level\":\"info\",\"msg\":\"a\"}\n", "")]
    [TestCase("{\"level\":\"error\",\"msg\":\"a\"}\n{\"level\":\"error\",\"msg\":\" b \\n\"}\n{\"level\":\"warning\",\"msg\":\"c\"}\n", "b")]
    [TestCase("{\"msg\":\"a\",\"x\":{\"msg\":\"inner\",\"level\":\"info\"},\"level\":\"error\",\"y\":[1,[2]]}", "a")]
    [TestCase("{\"level\":1,\"msg\":2}{\"level\":\"error\",\"msg\":\"a \\\"q\\\"\"}", "a \"q\"")]
    [TestCase("{\"level\":\"error\",\"msg\":\"\\ud800\"}", "\\ud800")]
    public void LastError_OfALog_IsTheLastMessageOfThatLevel(string log, string expected) =>
        Assert.That(RuntimeLog.LastError(Encoding.UTF8.GetBytes(log)), Is.EqualTo(expected));

    [TestCase("{", "unexpected EOF")]
    [TestCase("{\"level\":\"error\",\"msg\":\"a", "unexpected EOF")]
    [TestCase("{\"level\":\"error\",\"x\":{\"msg\":1}", "unexpected EOF")]
    [TestCase("panic: x", "invalid character 'p' looking for beginning of value")]
    public void LastError_OfBrokenJson_SaysWhere(string log, string expected) =>
        Assert.That(() => RuntimeLog.LastError(Encoding.UTF8.GetBytes(log)), Throws.TypeOf<FormatException>().With.Message.EqualTo(expected));

    [Test]
    public void Explain_OfAHugeLog_ReadsItsEnd()
    {
        using TempDirectory directory = new();
        string path = directory["log.json"];
        RuntimeLog log = new(path);
        using (StreamWriter writer = new(path))
        {
            for (int i = 0; i < 40_000; i++)
            {
                writer.Write("{\"level\":\"error\",\"msg\":\"one of very many messages that fill the log\"}\n");
            }

            writer.Write("{\"level\":\"error\",\"msg\":\"last\"}\n");
        }

        Assert.That(log.Explain("p", "f"), Is.EqualTo("p: last"));
    }

    [Test]
    public void Explain_OfALogThatWasReplaced_ReadsTheNewOne()
    {
        using TempDirectory directory = new();
        string path = directory.Write("log.json", new string(' ', 1000));
        RuntimeLog log = new(path);
        directory.Write("log.json", "{\"level\":\"error\",\"msg\":\"new\"}\n");
        Assert.That(log.Explain("p", "f"), Is.EqualTo("p: new"));
    }
}
