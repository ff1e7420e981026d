using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Tests.Diagnostics;

internal sealed class QuotedTests
{
    // As printed by Go's fmt.Sprintf("%q").
    [TestCase("plain text", "\"plain text\"")]
    [TestCase("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [TestCase("\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"")]
    [TestCase("\0\x1b[31m\x7f", "\"\\x00\\x1b[31m\\x7f\"")]
    [TestCase("\u0085\u009b", "\"\\u0085\\u009b\"")]
    [TestCase("\u2028\u2029\u202e\u200b\u00a0\ufeff", "\"\\u2028\\u2029\\u202e\\u200b\\u00a0\\ufeff\"")]
    [TestCase("äé日本🦆½ⅷ", "\"äé日本🦆½ⅷ\"")]
    [TestCase("\U000e0001", "\"\\U000e0001\"")]
    public void Text_IsQuotedAsGoDoes(string text, string expected) => Assert.That(Quoted.Text(text), Is.EqualTo(expected));

    [Test]
    public void Text_HalfACharacter_IsReplaced() => Assert.That(Quoted.Text("a\ud800b"), Is.EqualTo("\"a\ufffdb\""));
}
