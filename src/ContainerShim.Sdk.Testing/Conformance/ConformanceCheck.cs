namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>One thing that a contract promises, tried on an implementation. A test case in any framework: it throws when the promise is broken.</summary>
/// <typeparam name="TSubject">What it is tried on.</typeparam>
public sealed class ConformanceCheck<TSubject>
    where TSubject : ConformanceSubject
{
    /// <summary>For everything a check does, as a multiple of the subject's patience with a single step.</summary>
    private const int MostSteps = 6;

    private readonly Func<TSubject, CancellationToken, Task> _body;

    internal ConformanceCheck(string name, string description, Func<TSubject, CancellationToken, Task> body)
    {
        Name = name;
        Description = description;
        _body = body;
    }

    /// <summary>Its name, which stays the same from version to version: <c>Kill_EndedProcess_IsNotFound</c>.</summary>
    public string Name { get; }

    /// <summary>What the contract promises, and who relies on it.</summary>
    public string Description { get; }

    /// <summary>Tries it. What it makes it removes again.</summary>
    /// <param name="subject">Used by one check at a time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it was tried, or why not; a test framework shows the latter as a case that was ignored.</returns>
    /// <exception cref="ConformanceException">The implementation does not keep the contract.</exception>
    public async Task<ConformanceOutcome> RunAsync(TSubject subject, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan longest = subject.Patience * MostSteps;
        limit.CancelAfter(longest);
        try
        {
            // Also where the implementation does not heed its token.
            await _body(subject, limit.Token).WaitAsync(longest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return ConformanceOutcome.Passed;
        }
        catch (NotApplicableException e)
        {
            return ConformanceOutcome.NotApplicable(e.Message);
        }
        catch (ConformanceException e)
        {
            throw new ConformanceException($"{Name}: {e.Message}\nThe contract: {Description}", e.InnerException);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new ConformanceException($"{Name}: it was not over within {longest.TotalSeconds} s.\nThe contract: {Description}", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ConformanceException($"{Name}: an unexpected {e.GetType().Name}: {e.Message}\nThe contract: {Description}", e);
        }
    }

    /// <summary>Its name, which test frameworks show for a case.</summary>
    public override string ToString() => Name;
}
