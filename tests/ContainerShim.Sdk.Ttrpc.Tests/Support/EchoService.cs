using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>Answers with what it is asked, unless a test puts something else in place.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    internal Func<Note, ServerCallContext, Task<Note>> OnSay { get; set; } = (note, _) => Task.FromResult(note);

    internal Func<Note, IServerStreamWriter<Note>, ServerCallContext, Task> OnCount { get; set; } = CountAsync;

    internal Func<IAsyncStreamReader<Note>, ServerCallContext, Task<Note>> OnSum { get; set; } = SumAsync;

    internal Func<IAsyncStreamReader<Note>, IServerStreamWriter<Note>, ServerCallContext, Task> OnChat { get; set; } = ChatAsync;

    public override Task<Note> Say(Note request, ServerCallContext context) => OnSay(request, context);

    public override Task Count(Note request, IServerStreamWriter<Note> responseStream, ServerCallContext context) =>
        OnCount(request, responseStream, context);

    public override Task<Note> Sum(IAsyncStreamReader<Note> requestStream, ServerCallContext context) => OnSum(requestStream, context);

    public override Task Chat(IAsyncStreamReader<Note> requestStream, IServerStreamWriter<Note> responseStream, ServerCallContext context) =>
        OnChat(requestStream, responseStream, context);

    private static async Task CountAsync(Note request, IServerStreamWriter<Note> responses, ServerCallContext context)
    {
        for (long i = 0; i < request.Number; i++)
        {
            await responses.WriteAsync(new Note { Number = i });
        }
    }

    private static async Task<Note> SumAsync(IAsyncStreamReader<Note> requests, ServerCallContext context)
    {
        long sum = 0;
        while (await requests.MoveNext(CancellationToken.None))
        {
            sum += requests.Current.Number;
        }

        return new Note { Number = sum };
    }

    private static async Task ChatAsync(IAsyncStreamReader<Note> requests, IServerStreamWriter<Note> responses, ServerCallContext context)
    {
        while (await requests.MoveNext(CancellationToken.None))
        {
            await responses.WriteAsync(requests.Current);
        }
    }
}
