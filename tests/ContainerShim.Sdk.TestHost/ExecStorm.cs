using System.Globalization;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.TestHost;

/// <summary>Many execs that end at once, a few at a time.</summary>
internal static class ExecStorm
{
    private const int AtOnce = 6;

    public static async Task<StormResult> RunAsync(IShimTaskService tasks, string id, int count)
    {
        int wrong = 0;
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancellationToken) =>
        {
            int code = Random.Shared.Next(256);
            string exec = string.Create(CultureInfo.InvariantCulture, $"e{number}");
            await tasks.ExecAsync(
                new ExecRequest { Id = id, ExecId = exec, ProcessSpec = HostCommands.Process($"exit {code}", terminal: false) }, cancellationToken);
            await tasks.StartAsync(new StartRequest(id, exec), cancellationToken);
            WaitResult result = await tasks.WaitAsync(new WaitRequest(id, exec), cancellationToken);
            await tasks.DeleteAsync(new DeleteRequest(id, exec), cancellationToken);
            Interlocked.Add(ref wrong, result.ExitCode == code ? 0 : 1);
        });
        return new StormResult(count, wrong);
    }
}
