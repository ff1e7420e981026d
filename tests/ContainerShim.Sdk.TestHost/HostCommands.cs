using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.TestHost;

/// <summary>What a test can have the host do.</summary>
internal sealed class HostCommands(ContainerShimEngine engine, HostCensus before)
{
    private IShimTaskService Tasks => engine.Tasks;

    public async Task AnswerAsync(string[] request)
    {
        try
        {
            Answers.Write($"{request[0]} ok {await RunAsync(request[1..])}");
        }
        catch (ShimException e)
        {
            Answers.Write($"{request[0]} error {e.Code} {e.Message}");
        }
#pragma warning disable CA1031 // the test reads what went wrong
        catch (Exception e)
#pragma warning restore CA1031
        {
            Answers.Write($"{request[0]} error crash {e}");
        }
    }

    public static ReadOnlyMemory<byte> Process(string script, bool terminal) => Encoding.UTF8.GetBytes(
        $$"""
        {"terminal":{{(terminal ? "true" : "false")}},"user":{"uid":0,"gid":0},"args":["sh","-c","{{script}}"],"env":["PATH=/bin"],"cwd":"/"}
        """);

    private async Task<string> RunAsync(string[] command)
    {
        switch (command)
        {
            case ["create", var id, var bundle, var input, var output, var error, var terminal]:
                return (await engine.CreateContainerAsync(id, bundle, Stdio(input, output, error, terminal))).Pid.ToString(CultureInfo.InvariantCulture);
            case ["start", var id, var exec]:
                return (await Tasks.StartAsync(new StartRequest(id, exec))).Pid.ToString(CultureInfo.InvariantCulture);
            case ["exec", var id, var exec, var script, var output, var terminal]:
                await Tasks.ExecAsync(new ExecRequest
                {
                    Id = id, ExecId = exec, ProcessSpec = Process(script, terminal == "tty"), Stdio = Stdio("", output, "", terminal),
                });
                return "";
            case ["wait", var id, var exec]:
                return (await Tasks.WaitAsync(new WaitRequest(id, exec))).ExitCode.ToString(CultureInfo.InvariantCulture);
            case ["state", var id, var exec]:
                return (await Tasks.StateAsync(new StateRequest(id, exec))).Status.ToString();
            case ["pause", var id]:
                await Tasks.PauseAsync(new PauseRequest(id));
                return "";
            case ["resume", var id]:
                await Tasks.ResumeAsync(new ResumeRequest(id));
                return "";
            case ["kill", var id]:
                await Tasks.KillAsync(new KillRequest { Id = id, Signal = 9 });
                return "";
            case ["delete", var id, var exec]:
                return (await Tasks.DeleteAsync(new DeleteRequest(id, exec))).ExitCode.ToString(CultureInfo.InvariantCulture);
            case ["adopt"]:
                return string.Join(' ', (await engine.AdoptAsync()).Select(container => container.Id));
            case ["execs", var id, var count]:
                return (await ExecStorm.RunAsync(Tasks, id, int.Parse(count, CultureInfo.InvariantCulture))).ToString();
            case ["storm", var id, var count, var bundles]:
                return await Storm.RunAsync(engine, id, int.Parse(count, CultureInfo.InvariantCulture), bundles);
            case ["census"]:
                return before.DifferenceTo(HostCensus.Take());
            default:
                throw new ArgumentException(string.Join(' ', command));
        }
    }

    private static StdioPaths Stdio(string input, string output, string error, string terminal) =>
        new() { Stdin = input, Stdout = output, Stderr = error, Terminal = terminal == "tty" };
}
