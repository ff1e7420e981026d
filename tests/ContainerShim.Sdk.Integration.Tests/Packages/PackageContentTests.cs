using System.Text;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Packages;

/// <summary>What is in the packages. Needs <c>./build.sh pack</c>.</summary>
internal sealed class PackageContentTests
{
    /// <summary>What each package may bring along, besides the framework: the table of the design, and nothing that crept in.</summary>
    private static readonly Dictionary<string, string[]> _dependencies = new()
    {
        ["ContainerShim.Sdk.Abstractions"] = [],
        ["ContainerShim.Sdk.Ttrpc"] = ["Google.Protobuf", "Grpc.Core.Api"],
        ["ContainerShim.Sdk.Protocol"] = ["Google.Protobuf", "Grpc.Core.Api"],
        ["ContainerShim.Sdk"] =
        [
            "ContainerShim.Sdk.Abstractions", "ContainerShim.Sdk.Protocol", "ContainerShim.Sdk.Ttrpc",
            "Microsoft.Extensions.Logging.Abstractions", "Mono.Posix.NETStandard",
        ],
        ["ContainerShim.Sdk.Grpc"] = ["ContainerShim.Sdk", "Grpc.Net.Client"],
        ["ContainerShim.Sdk.Hosting"] =
        [
            "ContainerShim.Sdk", "Microsoft.Extensions.Configuration.Binder", "Microsoft.Extensions.DependencyInjection.Abstractions",
            "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Options",
        ],
        ["ContainerShim.Sdk.Testing"] = ["ContainerShim.Sdk"],
        ["ContainerShim.Sdk.Templates"] = [],
    };

    private static IEnumerable<PackageFile> Packages => PackageFile.All;

    private static IEnumerable<PackageFile> Libraries => PackageFile.All.Where(static package => !package.IsTemplate);

    [Test]
    public void EveryProject_IsPacked() => Assert.That(
        Packages.Select(static package => package.Id), Is.EquivalentTo(Directory.EnumerateDirectories(TestPaths.Sources).Select(Path.GetFileName)));

    [TestCaseSource(nameof(Packages))]
    public void Package_SaysWhatItIsAndUnderWhichLicence(PackageFile package)
    {
        Assert.That(package["license"], Is.EqualTo("Apache-2.0"));
        Assert.That(package["readme"], Is.EqualTo("README.md"));
        Assert.That(package.Entries, Has.Member("README.md"));
        Assert.That(package["description"], Has.Length.GreaterThan(40));
        Assert.That(package["authors"], Is.Not.Empty);
        Assert.That(package["version"], Is.EqualTo(TestPaths.PackageVersion));
    }

    [TestCaseSource(nameof(Packages))]
    public void Package_DependsOnWhatTheDesignSays(PackageFile package)
    {
        Assert.That(_dependencies, Contains.Key(package.Id), "its dependencies are not declared here");
        Assert.That(package.Dependencies, Is.EqualTo(_dependencies[package.Id].Order(StringComparer.Ordinal)));
    }

    [TestCaseSource(nameof(Libraries))]
    public void Library_HasDocumentationAndSymbols(PackageFile package)
    {
        Assert.That(package.Entries, Has.Member($"lib/net10.0/{package.Id}.dll").And.Member($"lib/net10.0/{package.Id}.xml"));
        Assert.That(package.Symbols, Has.Member($"lib/net10.0/{package.Id}.pdb"));
    }

    [TestCaseSource(nameof(Libraries))]
    public void Library_SaysNothingOfWhereItWasBuilt(PackageFile package)
    {
        string directory = Path.GetDirectoryName(TestPaths.Sources)!;
        Assert.That(Encoding.UTF8.GetString(package.Read($"lib/net10.0/{package.Id}.dll")), Does.Not.Contain(directory));
    }

    [TestCaseSource(nameof(Packages))]
    public void Package_BringsNothingForeignAlong(PackageFile package) => Assert.That(
        package.Entries.Where(static entry => entry.EndsWith(".dll", StringComparison.Ordinal) || entry.EndsWith(".so", StringComparison.Ordinal)),
        package.IsTemplate ? Is.Empty : Is.EqualTo(new[] { $"lib/net10.0/{package.Id}.dll" }));
}
