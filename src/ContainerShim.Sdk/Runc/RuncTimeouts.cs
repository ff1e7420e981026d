namespace ContainerShim.Sdk.Runc;

/// <summary>The time limits of <see cref="RuncRuntimeOptions"/>, checked and no longer changing.</summary>
internal sealed record RuncTimeouts
{
    internal RuncTimeouts(RuncRuntimeOptions options)
    {
        Create = Check(options.CreateTimeout, nameof(options.CreateTimeout));
        Checkpoint = Check(options.CheckpointTimeout, nameof(options.CheckpointTimeout));
        Kill = Check(options.KillTimeout, nameof(options.KillTimeout));
        Delete = Check(options.DeleteTimeout, nameof(options.DeleteTimeout));
        Change = Check(options.ChangeTimeout, nameof(options.ChangeTimeout));
        Query = Check(options.QueryTimeout, nameof(options.QueryTimeout));
    }

    internal TimeSpan Create { get; }

    internal TimeSpan Checkpoint { get; }

    internal TimeSpan Kill { get; }

    internal TimeSpan Delete { get; }

    internal TimeSpan Change { get; }

    internal TimeSpan Query { get; }

    private static TimeSpan Check(TimeSpan value, string name) =>
        OptionRules.IsLimit(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "must be positive and below 24 days, or Timeout.InfiniteTimeSpan");
}
