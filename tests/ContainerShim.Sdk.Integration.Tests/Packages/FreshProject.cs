using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Packages;

/// <summary>A project outside the repository, that knows this library only as packages.</summary>
/// <remarks>
/// The templates are installed into a hive of its own and packages restored into a folder of its own, so nothing of the user's is changed.
/// What else a publish needs, above all the AOT compiler, is taken from the user's package folder where it is there already.
/// </remarks>
internal sealed class FreshProject : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("fresh-").FullName;

    public string Name { get; private init; } = "";

    public string Published => Path.Combine(_directory, "published");

    /// <summary>Installs the templates and makes a project of one.</summary>
    public static async Task<FreshProject> CreateAsync(string template, string name)
    {
        FreshProject project = new() { Name = name };
        await File.WriteAllTextAsync(Path.Combine(project._directory, "nuget.config"), project.NuGetConfig());
        string hive = Path.Combine(project._directory, "hive");
        string package = Path.Combine(TestPaths.Packages, $"ContainerShim.Sdk.Templates.{TestPaths.PackageVersion}.nupkg");
        (await project.DotnetAsync("new", "install", package, "--debug:custom-hive", hive)).EnsureSuccess();
        (await project.DotnetAsync("new", template, "-n", name, "-o", Path.Combine(project._directory, name), "--debug:custom-hive", hive)).EnsureSuccess();
        return project;
    }

    /// <summary>Makes a console program of one file, with packages of this library. An executable that is published with NativeAOT.</summary>
    public static async Task<FreshProject> CreateAsync(string name, string program, params string[] packages)
    {
        FreshProject project = new() { Name = name };
        string directory = Directory.CreateDirectory(Path.Combine(project._directory, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(project._directory, "nuget.config"), project.NuGetConfig());
        await File.WriteAllTextAsync(Path.Combine(directory, "Program.cs"), program);
        IEnumerable<string> references = packages.Select(
            static package => $"""    <PackageReference Include="{package}" Version="{TestPaths.PackageVersion}" />""");
        await File.WriteAllTextAsync(Path.Combine(directory, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <PublishAot>true</PublishAot>
                <LinkerFlavor>lld</LinkerFlavor>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', references)}
              </ItemGroup>
            </Project>
            """);
        return project;
    }

    /// <summary>Publishes as its project says: with NativeAOT. A warning fails it.</summary>
    public async Task PublishAsync()
    {
        CommandResult result = (await DotnetAsync("publish", Path.Combine(_directory, Name), "-o", Published, "-warnaserror")).EnsureSuccess();
        Assert.That(result.Stdout, Does.Not.Contain("warning"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<CommandResult> DotnetAsync(params string[] arguments) => Command.RunAsync(
        "dotnet",
        arguments,
        new Dictionary<string, string>
        {
            ["DOTNET_NOLOGO"] = "1",
            // Where the build that runs these tests has its own.
            ["MSBuildSDKsPath"] = "",
            ["MSBuildExtensionsPath"] = "",
            ["MSBUILD_EXE_PATH"] = "",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            ["DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE"] = "true",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
            ["NUGET_PACKAGES"] = Path.Combine(_directory, "packages"),
            // The variables of a test host would reach the builds of another SDK layout.
            ["MSBuildSDKsPath"] = "",
        },
        _timeout);

    private string NuGetConfig() =>
        $"""
        <configuration>
          <packageSources>
            <add key="packed" value="{TestPaths.Packages}" />
          </packageSources>
          <fallbackPackageFolders>
            <add key="user" value="{UserPackages()}" />
          </fallbackPackageFolders>
        </configuration>
        """;

    /// <summary>An empty folder where the user has none: a fallback folder must exist.</summary>
    private string UserPackages()
    {
        string folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Directory.Exists(folder) ? folder : Directory.CreateDirectory(Path.Combine(_directory, "none")).FullName;
    }
}
