namespace ContainerShim.Sdk.TestHost;

/// <summary>Containers, execs in another container and the host's own processes, all at the same time.</summary>
internal static class Storm
{
    /// <summary>Returns how many of each had another status than their own.</summary>
    public static async Task<string> RunAsync(ContainerShimEngine engine, string id, int count, string bundles)
    {
        Task<StormResult> containers = Task.Run(() => ContainerStorm.RunAsync(engine, bundles));
        Task<StormResult> execs = Task.Run(() => ExecStorm.RunAsync(engine.Tasks, id, count));
        Task both = Task.WhenAll(containers, execs);
        Task<StormResult> late = LateChildren.RunAsync(both);
        StormResult processes = await ProcessStorm.RunAsync(both);
        return $"wrong: {await containers} containers, {await execs} execs, {processes} processes, {await late} collected late";
    }
}
