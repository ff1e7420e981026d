namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>A call that waits for the test to decide.</summary>
internal sealed class HeldCall(string name, Action release, Action returnUndone, Action<Exception> fail)
{
    public string Name { get; } = name;

    /// <summary>Does the work of the call and lets it return.</summary>
    public void Release() => release();

    /// <summary>Lets it return as if it had done its work, which it has not.</summary>
    public void ReturnUndone() => returnUndone();

    public void Fail(Exception error) => fail(error);

    public override string ToString() => Name;
}
