using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>The program of the README.</summary>
public sealed class ReadmeTests
{
    [Test]
    public async Task Program_OfTheReadme_RunsAContainer()
    {
        await using EmbeddedSite site = new();
        string rootfs = TestPaths.Rootfs;

        await using (ContainerShimEngine shim = ContainerShimEngine.Create(
            new ContainerShimOptions { Namespace = site.Namespace, StateDirectory = site.StateDirectory }))
        {
            BundleBuilder bundle = new BundleBuilder()
                .WithRootfs(rootfs, readOnly: true)
                .WithArgs("sh", "-c", "read name; echo hello $name from pid $$; exit 7")
                .WithLimits(new ResourceLimits { Memory = 64L << 20, Cpus = 0.5, Pids = 32 });
            await using ShimContainer container = await shim.CreateContainerAsync("hello", bundle, ContainerStdio.Streams);
            await container.StartAsync();

            await container.StandardInput.WriteAsync("world\n"u8.ToArray());
            using StreamReader output = new(container.StandardOutput);
            string greeting = await output.ReadToEndAsync();
            ProcessExit exit = await container.WaitAsync();

            Assert.That((greeting, exit.ExitCode, exit.OomKilled), Is.EqualTo(("hello world from pid 1\n", ExpectedCode(shim), false)));
        }

        Assert.That(site.Leftovers, Is.Empty);
    }

    private static int ExpectedCode(ContainerShimEngine shim)
    {
        Assert.That(shim.Containers.Select(container => container.Id), Is.EqualTo((string[])["hello"]));
        return 7;
    }
}
