using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Finds what is wrong with options before the host starts, all of it at once, also between the engines of a host.</summary>
internal sealed class ContainerShimHostOptionsValidator(StateDirectoryNames directories) : IValidateOptions<ContainerShimHostOptions>
{
    public ValidateOptionsResult Validate(string? name, ContainerShimHostOptions options)
    {
        List<string> failures = [.. options.Validate()];
        if (Path.IsPathRooted(options.StateDirectory) && directories.Claim(name ?? "", options.StateDirectory) is { } other)
        {
            failures.Add(
                $"StateDirectory '{options.StateDirectory}' of {Engine(name)} is also that of {Engine(other)}: each engine needs a directory of its own.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string Engine(string? name) => string.IsNullOrEmpty(name) ? "the engine without a name" : $"engine '{name}'";
}
