using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.InMemory;

internal sealed class ProcessScriptTests
{
    private static readonly object[] _commands =
    [
        new object[] { "true", 0, "", 0 },
        new object[] { "false", 1, "", 0 },
        new object[] { "exit 7", 7, "", 0 },
        new object[] { "echo a b; exit 3", 3, "a b\n", 0 },
        new object[] { "echo a; echo b", 0, "a\nb\n", 0 },
        new object[] { "sleep 5; exit 4", 4, "", 5 },
        new object[] { "exec sleep 1000", 0, "", 1000 },
        new object[] { "kill -9 $$", 137, "", 0 },
        new object[] { "kill -TERM $$", 143, "", 0 },
        new object[] { "sleep 0.5", 0, "", 0.5 },
        new object[] { "sleep 2s; sleep 1.5m; exit 4", 4, "", 92 },
        new object[] { "sleep 1d", 0, "", 86400 },
        new object[] { "sleep 99999999999999", 0, "", 2147483 },
    ];

    [TestCaseSource(nameof(_commands))]
    public void Interpret_ShellCommand_DoesWhatAShellWould(string command, int exitCode, string output, double seconds)
    {
        ProcessScript script = ProcessScript.Interpret(new ProcessStart("c", "", ["/bin/sh", "-c", command]));

        Assert.That((script.ExitCode, script.Output, script.RunsFor), Is.EqualTo(((int?)exitCode, output, TimeSpan.FromSeconds(seconds))));
    }

    [Test]
    public void Interpret_PlainCommand_NeedsNoShell() =>
        Assert.That(ProcessScript.Interpret(new ProcessStart("c", "", ["echo", "hi"])).Output, Is.EqualTo("hi\n"));

    [Test]
    public void Interpret_UnknownCommand_RunsUntilItIsKilled() =>
        Assert.That(ProcessScript.Interpret(new ProcessStart("c", "", ["/usr/bin/nginx", "-g", "daemon off;"])).ExitCode, Is.Null);

    [TestCase("sleep infinity")]
    [TestCase("exec sleep infinity")]
    [TestCase("sleep infinity; exit 3")]
    [TestCase("sleep NaN")]
    [TestCase("exit $code")]
    [TestCase("sleep $((1+1))")]
    [TestCase("trap 'exit $code' TERM")]
    public void Interpret_WhatHasNoEndOrIsNotUnderstood_RunsUntilItIsKilled(string command) =>
        Assert.That(ProcessScript.Interpret(new ProcessStart("c", "", ["sh", "-c", command])).ExitCode, Is.Null);

    [Test]
    public void Interpret_PlainSleep_NeedsNoShell()
    {
        Assert.That(ProcessScript.Interpret(new ProcessStart("c", "", ["sleep", "infinity"])).ExitCode, Is.Null);
        Assert.That(ProcessScript.Interpret(new ProcessStart("c", "", ["sleep", "0.25"])).RunsFor, Is.EqualTo(TimeSpan.FromSeconds(0.25)));
    }

    [Test]
    public void Interpret_Trap_EndsWithItsStatusUponTheSignal()
    {
        ProcessScript script = ProcessScript.Interpret(new ProcessStart("c", "", ["sh", "-c", "trap 'exit 3' TERM; echo ready; sleep 1000 & wait"]));

        Assert.That(script.ExitCode, Is.Null);
        Assert.That(script.HandledSignals[15], Is.EqualTo(3));
        Assert.That(script.Output, Is.EqualTo("ready\n"));
    }
}
