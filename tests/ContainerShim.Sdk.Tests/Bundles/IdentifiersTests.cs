using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Tests.Bundles;

internal sealed class IdentifiersTests
{
    private const string Rule = " must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument";

    [TestCase("a")]
    [TestCase("A1.b-c_d")]
    [TestCase("0123456789012345678901234567890123456789012345678901234567890123456789012345")]
    public void Validate_OfAGoodIdentifier_Passes(string identifier) => Assert.DoesNotThrow(() => Identifiers.Validate(identifier));

    [TestCase("", "identifier must not be empty: invalid argument")]
    [TestCase(".", "identifier \".\"" + Rule)]
    [TestCase("..", "identifier \"..\"" + Rule)]
    [TestCase("-a", "identifier \"-a\"" + Rule)]
    [TestCase("a-", "identifier \"a-\"" + Rule)]
    [TestCase("a--b", "identifier \"a--b\"" + Rule)]
    [TestCase("a/b", "identifier \"a/b\"" + Rule)]
    [TestCase("a\0", "identifier \"a\\x00\"" + Rule)]
    [TestCase("a\n", "identifier \"a\\n\"" + Rule)]
    [TestCase("é", "identifier \"é\"" + Rule)]
    [TestCase("\u200b", "identifier \"\\u200b\"" + Rule)]
    [TestCase("01234567890123456789012345678901234567890123456789012345678901234567890123456",
        "identifier \"01234567890123456789012345678901234567890123456789012345678901234567890123456\" greater than maximum length (76 characters): invalid argument")]
    public void Validate_OfABadIdentifier_SpeaksLikeContainerd(string identifier, string expected)
    {
        ShimException error = Assert.Throws<ShimException>(() => Identifiers.Validate(identifier))!;
        Assert.That(error.Message, Is.EqualTo(expected));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
    }
}
