using System.Globalization;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.TestHost;

/// <summary>Many containers that end at once, a few at a time. The name of a bundle tells the status: <c>c12x37</c>.</summary>
internal static class ContainerStorm
{
    private const int AtOnce = 4;

    public static async Task<StormResult> RunAsync(ContainerShimEngine engine, string bundles)
    {
        int wrong = 0;
        string[] all = Directory.GetDirectories(bundles);
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (bundle, cancellationToken) =>
        {
            string id = Path.GetFileName(bundle);
            await using ShimContainer container = await engine.CreateContainerAsync(id, bundle, null, cancellationToken);
            await container.StartAsync(cancellationToken);
            ProcessExit exit = await container.WaitAsync(cancellationToken);
            int code = int.Parse(id[(id.IndexOf('x', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
            Interlocked.Add(ref wrong, exit.ExitCode == code ? 0 : 1);
        });
        return new StormResult(all.Length, wrong);
    }
}
