using ContainerShim.Sdk.Integration.Tests.Cri.V1;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>What pods may ask for only when containerd knows that the runtime of the handler can do it.</summary>
public sealed class FeatureTests : CriFixture
{
    private const uint FirstUser = 200_000;

    private const uint Users = 65_536;

    private protected override string Handler => CriConfig.PathHandler;

    [Test]
    public async Task Status_OfAHandlerByPath_TellsWhatItsRuntimeCan()
    {
        StatusResponse status = await Site.Runtime.StatusAsync(new Nothing(), CriPod.Within());

        RuntimeHandlerFeatures features = status.RuntimeHandlers.Single(handler => handler.Name == Handler).Features;
        Assert.That((features?.RecursiveReadOnlyMounts, features?.UserNamespaces), Is.EqualTo(((bool?)true, (bool?)true)));
        Assert.That(Site.Shims().Single().CommandLine, Does.Contain("containerd-shim-dotnet-v1"));
    }

    [Test]
    public async Task Mount_ReadOnlyWithAllBelowIt_HasNothingWritableBelowIt()
    {
        CriContainer container = await Pod.RunAsync(
            "c",
            ["sleep", "1000"],
            config => config.Mounts.Add(new Mount { ContainerPath = "/outer", HostPath = "/dev", Readonly = true, RecursiveReadOnly = true }));

        ExecSyncResponse mounts = await container.ExecAsync(10, "awk", "$5 ~ \"^/outer\" { print $6 }", "/proc/self/mountinfo");

        string[] options = mounts.Stdout.ToStringUtf8().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(options, Has.Length.GreaterThan(1).And.All.Match("^ro(,|$)"));
    }

    [Test]
    public async Task Pod_WithAUserNamespace_HasUsersOfItsOwnThatLogAndAreExecutedIn()
    {
        // The users of the pod must be able to go as far as its root file system.
        File.SetUnixFileMode(Site.Directory, File.GetUnixFileMode(Site.Directory) | UnixFileMode.OtherExecute);
        CriPod pod = await Site.RunPodAsync(Handler, config =>
        {
            IDMapping mapping = new() { HostId = FirstUser, Length = Users };
            config.Linux.SecurityContext.NamespaceOptions.Network = NamespaceMode.Pod;
            config.Linux.SecurityContext.NamespaceOptions.UsernsOptions = new UserNamespace { Mode = NamespaceMode.Pod, Uids = { mapping }, Gids = { mapping } };
        });

        CriContainer container = await pod.RunAsync("c", ["sh", "-c", "echo hello >/dev/stdout; exec sleep 1000"]);

        Assert.That(await container.LoggedAsync("hello"), Does.Contain("stdout F hello\n"));
        ExecSyncResponse map = await container.ExecAsync(10, "cat", "/proc/self/uid_map");
        Assert.That(map.Stdout.ToStringUtf8().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Is.EqualTo((string[])["0", $"{FirstUser}", $"{Users}"]));
        Assert.That(File.ReadAllLines($"/proc/{container.Processes()[0].Pid}/status"), Has.Some.StartsWith($"Uid:\t{FirstUser}\t"));

        await pod.StopAsync();
        await pod.RemoveAsync();
    }
}
