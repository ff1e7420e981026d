using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Abstractions.Tests;

internal sealed class LinuxSignalTests
{
    [TestCase("SIGTERM", 15, "SIGTERM")]
    [TestCase("quit", 3, "SIGQUIT")]
    [TestCase("9", 9, "SIGKILL")]
    [TestCase("SIGSYS", 31, "SIGSYS")]
    [TestCase("33", 33, "33")]
    [TestCase("RTMIN", 34, "SIGRTMIN")]
    [TestCase("SIGRTMIN+3", 37, "SIGRTMIN+3")]
    [TestCase("64", 64, "SIGRTMIN+30")]
    public void Parse_ByNameOrNumber_IsTheSignal(string text, int number, string name)
    {
        LinuxSignal signal = LinuxSignal.Parse(text);

        Assert.That((signal.Number, signal.ToString()), Is.EqualTo((number, name)));
        Assert.That(LinuxSignal.Parse(signal.ToString()), Is.EqualTo((LinuxSignal)number));
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("0")]
    [TestCase("-9")]
    [TestCase("65")]
    [TestCase("SIG")]
    [TestCase("SIGRTMIN+31")]
    [TestCase("SIGRTMIN3")]
    [TestCase("NOTHING")]
    public void Parse_OfNone_IsRefused(string? text)
    {
        Assert.That(LinuxSignal.TryParse(text, out _), Is.False);
        Assert.That(() => LinuxSignal.Parse(text!), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void Names_AreThoseOfTheirNumbers() => Assert.That(
        new[] { LinuxSignal.Hup, LinuxSignal.Int, LinuxSignal.Quit, LinuxSignal.Abrt, LinuxSignal.Kill, LinuxSignal.Usr1, LinuxSignal.Usr2, LinuxSignal.Term, LinuxSignal.Cont, LinuxSignal.Stop, LinuxSignal.Winch }
            .Select(static signal => signal.ToString()),
        Is.EqualTo(new[] { "SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCONT", "SIGSTOP", "SIGWINCH" }));
}
