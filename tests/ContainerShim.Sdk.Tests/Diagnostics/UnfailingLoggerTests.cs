using ContainerShim.Sdk.Diagnostics;
using Microsoft.Extensions.Logging;
using NSubstitute;
using NSubstitute.ExceptionExtensions;

namespace ContainerShim.Sdk.Tests.Diagnostics;

internal sealed class UnfailingLoggerTests
{
    [Test]
    public void Log_ProviderThrows_IsNotTheOperationsFailure()
    {
        ILogger inner = Substitute.For<ILogger>();
        inner.IsEnabled(default).ReturnsForAnyArgs(true);
        inner.WhenForAnyArgs(static logger => logger.Log(default, default, default(object)!, null, null!)).Throw<InvalidOperationException>();
        inner.BeginScope("x").ThrowsForAnyArgs<InvalidOperationException>();
        UnfailingLogger logger = new(inner);

        logger.ContainerDeleted("c1");
        Assert.That(logger.BeginScope("x"), Is.Null);

        Assert.That(inner.ReceivedCalls(), Is.Not.Empty);
    }

    [Test]
    public void IsEnabled_ProviderThrows_IsFalse()
    {
        ILogger inner = Substitute.For<ILogger>();
        inner.IsEnabled(default).ThrowsForAnyArgs<InvalidOperationException>();

        Assert.That(new UnfailingLogger(inner).IsEnabled(LogLevel.Error), Is.False);
    }
}
