using ContainerShim.Sdk.Services;
using Grpc.Core;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class ErrorMappingTests
{
    [Test]
    public void ToStatus_EveryCode_IsTheStatusOfItsName([Values] ShimErrorCode code)
    {
        // Cancelled is spelled in two ways.
        StatusCode expected = code == ShimErrorCode.Canceled ? StatusCode.Cancelled : Enum.Parse<StatusCode>(code.ToString());
        Assert.That(ErrorMapping.ToStatus(new ShimException(code, "text")), Is.EqualTo(new Status(expected, "text")));
    }

    [Test]
    public void ToStatus_Timeout_IsDeadlineExceeded() =>
        Assert.That(ErrorMapping.ToStatus(new TimeoutException("late")), Is.EqualTo(new Status(StatusCode.DeadlineExceeded, "late")));

    [Test]
    public void ToStatus_OtherFailures_AreLeftToTheServer()
    {
        Assert.That(ErrorMapping.ToStatus(new InvalidOperationException()), Is.Null);
        Assert.That(ErrorMapping.ToStatus(new OperationCanceledException()), Is.Null);
    }
}
