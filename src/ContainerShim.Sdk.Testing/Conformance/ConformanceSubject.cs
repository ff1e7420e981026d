namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>Something whose conformance is checked, with what the checks need to use it.</summary>
public abstract class ConformanceSubject
{
    /// <summary>How long something that must happen may take. Default: 10 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long is watched for something that must not happen. Default: 100 milliseconds.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(100);
}
