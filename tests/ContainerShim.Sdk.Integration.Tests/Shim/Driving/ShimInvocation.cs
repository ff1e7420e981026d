using System.Diagnostics;
using System.Text;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>One run of the shim binary, <c>start</c> or <c>delete</c>. Its output is the protocol, so it is kept as bytes.</summary>
internal sealed record ShimInvocation(int ExitCode, byte[] Output, string Errors, TimeSpan Elapsed)
{
    /// <param name="command">The program and its arguments.</param>
    /// <param name="workingDirectory">The bundle.</param>
    /// <param name="environment">Added to our own.</param>
    /// <param name="input">What standard input brings; containerd up to 2.2 sends nothing where there are no options.</param>
    public static async Task<ShimInvocation> RunAsync(
        IReadOnlyList<string> command, string workingDirectory, IReadOnlyDictionary<string, string> environment, byte[]? input = null)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} did not start");
        await process.StandardInput.BaseStream.WriteAsync(input ?? []);
        process.StandardInput.Close();
        using MemoryStream output = new();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Task.WhenAll(process.WaitForExitAsync(), reading, errors).WaitAsync(Pace.Of(TimeSpan.FromSeconds(60)));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"No end: {string.Join(' ', command)}");
        }

        return new ShimInvocation(process.ExitCode, output.ToArray(), await errors, Stopwatch.GetElapsedTime(started));
    }

    public ShimInvocation EnsureSuccess()
    {
        Assert.That(ExitCode, Is.Zero, Errors + Encoding.UTF8.GetString(Output));
        return this;
    }
}
