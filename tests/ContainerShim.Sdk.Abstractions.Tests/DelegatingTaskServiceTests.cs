using System.Reflection;
using ContainerShim.Sdk.Tasks;
using NSubstitute;
using NSubstitute.Core;

namespace ContainerShim.Sdk.Abstractions.Tests;

public sealed class DelegatingTaskServiceTests
{
    private static IEnumerable<string> Operations() => typeof(IShimTaskService).GetMethods().Select(method => method.Name);

    [TestCaseSource(nameof(Operations))]
    public async Task Operation_ThatIsNotOverridden_IsHandedOnAsItIs(string operation)
    {
        IShimTaskService inner = Substitute.For<IShimTaskService>();
        MethodInfo method = typeof(IShimTaskService).GetMethod(operation)!;
        object?[] arguments = [null, new CancellationToken(canceled: true)];

        await (Task)method.Invoke(new Delegating(inner), arguments)!;

        ICall call = inner.ReceivedCalls().Single();
        Assert.Multiple(() =>
        {
            Assert.That(call.GetMethodInfo().Name, Is.EqualTo(operation));
            Assert.That(call.GetArguments(), Is.EqualTo(arguments));
        });
    }

    [Test]
    public void Constructor_OfNothing_Throws() => Assert.Throws<ArgumentNullException>(() => _ = new Delegating(null!));

    private sealed class Delegating(IShimTaskService inner) : DelegatingTaskService(inner);
}
