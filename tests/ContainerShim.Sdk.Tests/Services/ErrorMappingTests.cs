using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
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

    [TestCase(Errno.EMFILE, StatusCode.ResourceExhausted, "read /x: too many open files")]
    [TestCase(Errno.EIO, StatusCode.Unknown, "read /x: input/output error")]
    public void ToStatus_FailedSystemCall_IsThatOfItsNumber(int errno, StatusCode code, string text) =>
        Assert.That(ErrorMapping.ToStatus(new LinuxException(errno, "read /x")), Is.EqualTo(new Status(code, text)));

    [Test]
    public void ToStatus_OtherFailures_AreLeftToTheServer()
    {
        Assert.That(ErrorMapping.ToStatus(new InvalidOperationException()), Is.Null);
        Assert.That(ErrorMapping.ToStatus(new OperationCanceledException()), Is.Null);
    }
}
