namespace ContainerShim.Sdk.Tests.Fakes;

internal sealed record CallPlan(CallFate Fate, Exception? Error = null)
{
    public static CallPlan Succeed { get; } = new(CallFate.Succeed);

    public static CallPlan Hold { get; } = new(CallFate.Hold);

    public static CallPlan HoldDone { get; } = new(CallFate.HoldDone);

    public static CallPlan HoldTooLate { get; } = new(CallFate.HoldTooLate);

    public static CallPlan HoldDeaf { get; } = new(CallFate.HoldDeaf);

    public static CallPlan Fail(string text) => Fail(ShimException.Unknown(text));

    public static CallPlan Fail(Exception error) => new(CallFate.Fail, error);
}
