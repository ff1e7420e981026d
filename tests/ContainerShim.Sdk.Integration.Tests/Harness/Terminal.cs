using System.Diagnostics;
using System.Text;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>A program on a terminal, which script(1) makes.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;

    private Terminal(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    public static Terminal Start(IReadOnlyList<string> command)
    {
        // In the place of the shell: one that waits, as dash does, would die of the Ctrl-C that is the program's.
        string line = "exec " + string.Join(' ', command.Select(word => $"'{word.Replace("'", "'\\''")}'"));
        ProcessStartInfo start = new("script", ["--quiet", "--return", "--command", line, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new Terminal(Process.Start(start) ?? throw new InvalidOperationException("script did not start"));
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public async Task TypeAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a text on the screen.</summary>
    public Task<string> ShowsAsync(string text) =>
        Eventually.ShowsAsync(() => Output, output => output.Contains(text, StringComparison.Ordinal), $"the terminal shows {text}");

    /// <summary>Waits for the program's end, and returns its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await Task.WhenAll(_process.WaitForExitAsync(), _reading).WaitAsync(TimeSpan.FromSeconds(20));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        char[] buffer = new char[1024];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(buffer)) > 0)
        {
            lock (_output)
            {
                _output.Append(buffer, 0, count);
            }
        }
    }
}
