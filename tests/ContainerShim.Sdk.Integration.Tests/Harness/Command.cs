using System.Diagnostics;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Runs a program to its end, within a deadline.</summary>
internal static class Command
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">The deadline passed; the program has been killed. The message holds its output so far.</exception>
    public static async Task<CommandResult> RunAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, TimeSpan? timeout = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value.Length == 0 ? null : value;
        }

        string commandLine = $"{program} {string.Join(' ', arguments)}";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        Task<string> stdout = process.StandardOutput.ReadToEndAsync();
        Task<string> stderr = process.StandardError.ReadToEndAsync();
        TimeSpan limit = timeout ?? DefaultTimeout;
        try
        {
            await Task.WhenAll(process.WaitForExitAsync(), stdout, stderr).WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"No end after {limit}: {commandLine}\n{Partial(stdout)}\n{Partial(stderr)}");
        }

        return new CommandResult(commandLine, process.ExitCode, await stdout, await stderr);
    }

    private static string Partial(Task<string> output) => output.IsCompletedSuccessfully ? output.Result : "(still open)";
}
