using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What processes inherit from the shim: nothing of its own. containerd's Go shim is asked the same questions.</summary>
[Parallelizable(ParallelScope.Self)]
[TestFixture(false)]
[TestFixture(true)]
public sealed class ContainerEnvironmentTests(bool isReference) : ShimFixture
{
    private static readonly string[] Starter = ["sh", "-c", "ulimit -Sn 777; echo 100 > /proc/self/oom_score_adj; \"$@\"; exit $?", "sh"];

    private string? Binary => isReference ? ShimSite.ReferenceShim : null;

    [Test]
    public async Task Container_Signals_AreNeitherIgnoredNorBlocked()
    {
        string status = await OutputAsync("cat", "/proc/self/status");

        Assert.That(status, Does.Contain("SigBlk:\t0000000000000000").And.Contain("SigIgn:\t0000000000000000"));
    }

    [Test]
    public async Task Container_Descriptors_AreTheStandardOnes()
    {
        string descriptors = await OutputAsync("ls", "/proc/self/fd");

        // The fourth is the directory that is listed.
        Assert.That(descriptors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo((string[])["0", "1", "2", "3"]));
    }

    [Test]
    public async Task Runtime_DescriptorLimit_IsThatOfTheShimsStarter()
    {
        // Debian's Go shim was built by a Go that raises the limit for its children too.
        string limit = isReference ? "20000" : "777";
        string log = Path.Combine(Site.Directory, "limit");
        string runtime = Path.Combine(Site.Directory, "runtime");
        await WriteScriptAsync(runtime, $"""
            ulimit -Sn > {log}
            exec runc "$@"
            """);
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle, Starter, Binary);

        await shim.CreateAsync(bundle, runtime: runtime);

        Assert.That(await File.ReadAllTextAsync(log), Is.EqualTo($"{limit}\n"));
    }

    [Test]
    public async Task Container_OomScore_IsThatOfItsSpecification()
    {
        Assert.That(await OutputAsync("cat", "/proc/self/oom_score_adj"), Is.EqualTo("123\n"));
    }

    [Test]
    public async Task Container_Variables_AreThoseOfItsSpecification()
    {
        string variables = await OutputAsync("env");

        // busybox sets PWD and the like only in its shell.
        Assert.That(variables.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(), Is.EqualTo((string[])["HOME=/root", "PATH=/bin", "TERM=xterm"]));
    }

    [Test]
    public async Task Shim_OomScore_IsOneAboveItsStarters()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle, Starter, Binary);

        Assert.That(await File.ReadAllTextAsync($"/proc/{shim.Pid}/oom_score_adj"), Is.EqualTo("101\n"));
    }

    [Test]
    public async Task LoggingProcess_Variables_AreTheContainersIdAndNamespace()
    {
        string log = Path.Combine(Site.Directory, "log");
        string logger = Path.Combine(Site.Directory, "logger");
        await WriteScriptAsync(logger, $"""
            tr '\0' '\n' < /proc/$$/environ > {log}
            grep -E 'Sig(Blk|Ign)' /proc/self/status >> {log}
            exec 5>&-
            cat <&3 >> {log}
            """);
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["echo", "hello"] });
        RawShim shim = await Site.StartShimAsync(bundle, shim: Binary);

        RawTask task = await shim.RunAsync(bundle, TestStdio.To($"binary://{logger}"));
        await task.WaitAsync();
        await task.DeleteAsync();

        string[] lines = await File.ReadAllLinesAsync(log);
        Assert.That(lines.Order(), Is.EqualTo((string[])
        [
            $"CONTAINER_ID={bundle.Id}", $"CONTAINER_NAMESPACE={Site.Namespace}", "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "hello",
        ]));
    }

    private static async Task WriteScriptAsync(string path, string body)
    {
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<string> OutputAsync(params string[] args)
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = args, OomScoreAdjustment = 123 });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: isReference);
        RawShim shim = await Site.StartShimAsync(bundle, Starter, Binary);
        FifoReader reader = stdio.Read(stdio.Stdout);

        // Without both of them the reference cannot create a container.
        _ = isReference ? stdio.Read(stdio.Stderr) : null;
        RawTask task = await shim.RunAsync(bundle, stdio);
        await task.WaitAsync();
        await task.DeleteAsync();
        return await reader.TextAsync();
    }
}
