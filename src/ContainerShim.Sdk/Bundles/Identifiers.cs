using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Bundles;

/// <summary>The rule for container ids, exec ids and namespaces, which become parts of paths and command lines.</summary>
internal static class Identifiers
{
    internal const int MaximumLength = 76;

    /// <summary>The rule as containerd prints it, from its package identifiers.</summary>
    private const string Pattern = "^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$";

    /// <exception cref="ShimException">InvalidArgument: empty, too long, or with other characters than the rule allows.</exception>
    internal static void Validate(string identifier)
    {
        if (identifier.Length == 0)
        {
            throw ShimException.InvalidArgument("identifier must not be empty");
        }

        if (identifier.Length > MaximumLength)
        {
            throw ShimException.InvalidArgument(
                $"identifier {Quoted.Text(identifier)} greater than maximum length ({MaximumLength} characters)");
        }

        if (!IsValid(identifier))
        {
            throw ShimException.InvalidArgument($"identifier {Quoted.Text(identifier)} must match {Pattern}");
        }
    }

    /// <summary>Whether the rule allows an identifier.</summary>
    internal static bool Allows(string? identifier) => identifier is { Length: > 0 and <= MaximumLength } && IsValid(identifier);

    private static bool IsValid(string identifier)
    {
        // Letters and digits, with single separators between them.
        bool needsAlphanumeric = true;
        foreach (char character in identifier)
        {
            bool isAlphanumeric = char.IsAsciiLetterOrDigit(character);
            if (!isAlphanumeric && (needsAlphanumeric || character is not ('.' or '_' or '-')))
            {
                return false;
            }

            needsAlphanumeric = !isAlphanumeric;
        }

        return !needsAlphanumeric;
    }
}
