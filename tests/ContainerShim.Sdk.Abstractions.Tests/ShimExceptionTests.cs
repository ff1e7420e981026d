namespace ContainerShim.Sdk.Abstractions.Tests;

[TestFixture]
public sealed class ShimExceptionTests
{
    private static IEnumerable<TestCaseData> Factories =>
    [
        new TestCaseData(ShimException.Unknown("x"), ShimErrorCode.Unknown, "x"),
        new TestCaseData(ShimException.IllegalState("x"), ShimErrorCode.Unknown, "x"),
        new TestCaseData(ShimException.InvalidArgument("x"), ShimErrorCode.InvalidArgument, "x: invalid argument"),
        new TestCaseData(ShimException.NotFound("x"), ShimErrorCode.NotFound, "x: not found"),
        new TestCaseData(ShimException.AlreadyExists("x"), ShimErrorCode.AlreadyExists, "x: already exists"),
        new TestCaseData(ShimException.PermissionDenied("x"), ShimErrorCode.PermissionDenied, "x: permission denied"),
        new TestCaseData(ShimException.ResourceExhausted("x"), ShimErrorCode.ResourceExhausted, "x: resource exhausted"),
        new TestCaseData(ShimException.FailedPrecondition("x"), ShimErrorCode.FailedPrecondition, "x: failed precondition"),
        new TestCaseData(ShimException.Unimplemented("x"), ShimErrorCode.Unimplemented, "x: not implemented"),
        new TestCaseData(ShimException.Unavailable("x"), ShimErrorCode.Unavailable, "x: unavailable"),
        new TestCaseData(ShimException.DeadlineExceeded("x"), ShimErrorCode.DeadlineExceeded, "x: context deadline exceeded"),
    ];

    [TestCaseSource(nameof(Factories))]
    public void Factory_Detail_GetsCodeAndClassText(ShimException exception, ShimErrorCode code, string message)
    {
        Assert.That(exception.Code, Is.EqualTo(code));
        Assert.That(exception.Message, Is.EqualTo(message));
    }

    [Test]
    public void Codes_AreThoseOfGrpc()
    {
        Assert.That((int)ShimErrorCode.Canceled, Is.EqualTo(1));
        Assert.That((int)ShimErrorCode.NotFound, Is.EqualTo(5));
        Assert.That((int)ShimErrorCode.FailedPrecondition, Is.EqualTo(9));
        Assert.That((int)ShimErrorCode.Unimplemented, Is.EqualTo(12));
        Assert.That((int)ShimErrorCode.Unavailable, Is.EqualTo(14));
    }
}
