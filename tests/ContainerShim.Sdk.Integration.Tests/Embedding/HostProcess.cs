using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>A process that embeds the engine: it is asked to do things, watched, and killed.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _answers = new();
    private readonly List<string> _events = [];
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private int _lastRequest;

    private HostProcess(Process process)
    {
        _process = process;
        _answers[0] = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reading = ReadAsync();
    }

    /// <summary>The host's process, in its own pid namespace.</summary>
    public int Pid { get; private set; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; set; } = Bound;

    /// <summary>The exits told so far, as <c>container process status</c>.</summary>
    public IReadOnlyList<string> Exits => EventsOf("/tasks/exit ");

    /// <summary>The OOM kills told so far, as <c>container - -</c>.</summary>
    public IReadOnlyList<string> OomKills => EventsOf("/tasks/oom ");

    /// <summary>Starts a host and waits until it has its engine.</summary>
    /// <exception cref="InvalidOperationException">It has none; the message says why.</exception>
    public static async Task<HostProcess> StartAsync(HostSite site, ExitTracking tracking, bool isDeaf = false, params string[] wrapper)
    {
        string program = typeof(HostProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "TestHost").Value!;
        string[] command = [.. wrapper, "dotnet", program, site.StateDirectory, site.Namespace, tracking.ToString(), .. isDeaf ? ["deaf"] : Array.Empty<string>()];
        Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        HostProcess host = new(process);
        host.Pid = int.Parse(await host._answers[0].Task.WaitAsync(Bound), CultureInfo.InvariantCulture);
        return host;
    }

    /// <summary>Has the host do something, and returns its answer.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message begins with the error's code.</exception>
    public async Task<string> AskAsync(params string[] command)
    {
        int number = Interlocked.Increment(ref _lastRequest);
        TaskCompletionSource<string> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[number] = answer;
        lock (_process)
        {
            _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number}\t{string.Join('\t', command)}"));
            _process.StandardInput.Flush();
        }

        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>Kills the host, and nothing else.</summary>
    public async Task Kill9Async()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>Ends the host, and returns how it differs from what it was before it had an engine.</summary>
    public async Task<string> EndAsync()
    {
        _process.StandardInput.Close();
        string end = await _end.Task.WaitAsync(Bound);
        await _process.WaitForExitAsync().WaitAsync(Bound);
        return end;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _reading;
        _process.Dispose();
    }

    private IReadOnlyList<string> EventsOf(string topic)
    {
        lock (_events)
        {
            return [.. _events.Where(line => line.StartsWith(topic, StringComparison.Ordinal)).Select(line => line[topic.Length..])];
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            string[] words = line.Split(' ', 3);
            if (words[0] == "event")
            {
                lock (_events)
                {
                    _events.Add(line["event ".Length..]);
                }
            }
            else if (words[0] == "end")
            {
                _end.TrySetResult(line["end ".Length..]);
            }
            else if (_answers.TryRemove(int.Parse(words[0], CultureInfo.InvariantCulture), out TaskCompletionSource<string>? answer))
            {
                string text = words.Length > 2 ? words[2] : "";
                _ = words[1] == "ok" ? answer.TrySetResult(text) : answer.TrySetException(new InvalidOperationException(text));
            }
        }

        foreach (TaskCompletionSource<string> unanswered in _answers.Values)
        {
            unanswered.TrySetException(new InvalidOperationException("the host has ended"));
        }

        _end.TrySetException(new InvalidOperationException("the host was killed"));
    }
}
