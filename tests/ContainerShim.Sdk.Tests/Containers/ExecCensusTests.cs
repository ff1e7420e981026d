using ContainerShim.Sdk.Containers;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class ExecCensusTests
{
    [Test]
    public void Close_Empty_IsQuietAtOnce()
    {
        ExecCensus census = new(TaskCreationOptions.None);

        Assert.That(census.Close().IsCompleted);
        Assert.That(census.TryBegin(), Is.False);
    }

    [Test]
    public void Close_StartingAndRunning_IsQuietWhenAllAreGone()
    {
        ExecCensus census = new(TaskCreationOptions.None);
        census.TryBegin();
        census.TryBegin();
        census.TryEnter(started: true);

        Task quiet = census.Close();
        Assert.That((quiet.IsCompleted, census.Starting, census.Running), Is.EqualTo((false, 1, 1)));
        census.TryEnter(started: false);
        Assert.That(quiet.IsCompleted, Is.False);
        census.Leave();

        Assert.That(quiet.IsCompleted);
    }

    [Test]
    public void TryEnter_ClosedButNotSealed_IsLetIn()
    {
        ExecCensus census = new(TaskCreationOptions.None);
        census.TryBegin();
        Task quiet = census.Close();

        Assert.That(census.TryEnter(started: true));

        Assert.That(quiet.IsCompleted, Is.False);
    }

    [Test]
    public void TryEnter_GivenUp_ComesTooLate()
    {
        ExecCensus census = new(TaskCreationOptions.None);
        census.TryBegin();
        Task quiet = census.Close();
        Task noneRuns = census.WhenNoneRuns();

        Assert.That((noneRuns.IsCompleted, quiet.IsCompleted), Is.EqualTo((true, false)));
        Assert.That(census.TryEnter(started: true), Is.False);
        Assert.That((quiet.IsCompleted, census.Running), Is.EqualTo((true, 0)));
    }

    [Test]
    public void WhenNoneRuns_OneRuns_EndsWhenItLeaves()
    {
        ExecCensus census = new(TaskCreationOptions.None);
        census.TryBegin();
        census.TryEnter(started: true);
        census.Close();

        Task noneRuns = census.WhenNoneRuns();
        Assert.That(noneRuns.IsCompleted, Is.False);
        census.Leave();

        Assert.That(noneRuns.IsCompleted);
    }
}
