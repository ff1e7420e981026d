using System.Text.RegularExpressions;
using ContainerShim.Sdk.Events;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Finds what is wrong with options before the host starts, all of it at once.</summary>
internal sealed partial class ContainerShimHostOptionsValidator : IValidateOptions<ContainerShimHostOptions>
{
    /// <summary>containerd's own limit of an identifier.</summary>
    private const int LongestIdentifier = 76;

    public ValidateOptionsResult Validate(string? name, ContainerShimHostOptions options)
    {
        ValidateOptionsResultBuilder result = new();
        Check(
            options.Namespace is { Length: > 0 and <= LongestIdentifier } && Identifier().IsMatch(options.Namespace),
            $"Namespace '{options.Namespace}' is not valid: letters and digits, with single '.', '_' or '-' between them, at most {LongestIdentifier} characters.");
        Check(Path.IsPathRooted(options.StateDirectory), $"StateDirectory '{options.StateDirectory}' is not an absolute path.");
        if (options.Runtime is { } runtime)
        {
            Check(runtime.BinaryName is not null, "Runtime:BinaryName is null; leave it empty for runc.");
            Check(runtime.Root is "" || Path.IsPathRooted(runtime.Root), $"Runtime:Root '{runtime.Root}' is not an absolute path.");
        }

        Check(options.Runtime is not null, "Runtime is null.");
        Check(options.EventLog is not null, "EventLog is null.");
        if (options.EventLog is { } log)
        {
            CheckLog(log);
        }

        Check(options.DegradedFromPendingEvents > 0, "DegradedFromPendingEvents must be at least 1.");
        return result.Build();

        void CheckLog(EventLogOptions log)
        {
            Check(log.Capacity > 0, "EventLog:Capacity must be at least 1.");
            Check(log.AttemptTimeout > TimeSpan.Zero, "EventLog:AttemptTimeout must be longer than zero.");
            Check(log.FirstRetryDelay > TimeSpan.Zero, "EventLog:FirstRetryDelay must be longer than zero.");
            Check(log.LongestRetryDelay >= log.FirstRetryDelay, "EventLog:LongestRetryDelay must not be shorter than EventLog:FirstRetryDelay.");
        }

        void Check(bool holds, string failure)
        {
            if (!holds)
            {
                result.AddError(failure);
            }
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\z")]
    private static partial Regex Identifier();
}
