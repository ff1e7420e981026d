using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Wire = ContainerShim.Sdk.Protocol.Task;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class TaskServerTests
{
    [TestCase("containerd.task.v2.Task")]
    [TestCase("containerd.task.v3.Task")]
    public async Task Waits_ThatNobodyAwaitsAnyMore_LeaveRoomForKill(string name)
    {
        const int Waits = 1500;
        IShimTaskService tasks = Substitute.For<IShimTaskService>();
        TaskCompletionSource<WaitResult> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        tasks.WaitAsync(Arg.Any<WaitRequest>(), Arg.Any<CancellationToken>()).Returns(ended.Task);
        using TempDirectory directory = new();
        await using TtrpcServer server = TaskServer.Create(tasks, TimeProvider.System, NullLogger.Instance);
        Task serving = server.ServeAsync(UnixTtrpcListener.Listen(directory["s"]));
        TtrpcChannel channel = await TtrpcChannel.ConnectAsync(directory["s"]);
        await using (channel)
        {
            CallInvoker calls = channel.CreateCallInvoker();
            Method<Wire.WaitRequest, Wire.WaitResponse> wait = MethodOf(name, "Wait", Wire.WaitRequest.Parser, Wire.WaitResponse.Parser);
            Method<Wire.KillRequest, Empty> kill = MethodOf(name, "Kill", Wire.KillRequest.Parser, Empty.Parser);
            Task<Wire.WaitResponse>[] waits =
                [.. Enumerable.Range(0, Waits).Select(_ => calls.AsyncUnaryCall(wait, null, default, new Wire.WaitRequest { Id = "c" }).ResponseAsync)];
            await OsFixture.UntilAsync(() => server.CallCount == Waits);

            await calls.AsyncUnaryCall(kill, null, default, new Wire.KillRequest { Id = "c", Signal = 9 }).ResponseAsync.WaitAsync(OsFixture.Bound);

            ended.SetResult(new WaitResult(0, null));
            await Task.WhenAll(waits).WaitAsync(OsFixture.Bound);
        }

        await server.DisposeAsync();
        await serving;
    }

    private static Method<TRequest, TResponse> MethodOf<TRequest, TResponse>(
        string service, string name, Google.Protobuf.MessageParser<TRequest> requests, Google.Protobuf.MessageParser<TResponse> responses)
        where TRequest : class, Google.Protobuf.IMessage<TRequest>
        where TResponse : class, Google.Protobuf.IMessage<TResponse> => new(
            MethodType.Unary, service, name, MarshallerOf(requests), MarshallerOf(responses));

    private static Marshaller<T> MarshallerOf<T>(Google.Protobuf.MessageParser<T> parser)
        where T : class, Google.Protobuf.IMessage<T> =>
        new(static message => Google.Protobuf.MessageExtensions.ToByteArray(message), parser.ParseFrom);
}
