using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.VmDriver;

/// <summary>Writes a <see cref="GuestLine"/> for each test that has ended.</summary>
internal sealed class ResultWriter(TextWriter output) : ITestListener
{
    private readonly Lock _lock = new();

    public void TestStarted(ITest test)
    {
    }

    public void TestFinished(ITestResult result)
    {
        // A fixture's own failure, such as of its one-time set-up, comes with each of its tests.
        if (result.Test.IsSuite)
        {
            return;
        }

        bool passed = result.ResultState.Status == TestStatus.Passed;
        string detail = passed ? "" : $"{result.ResultState}: {result.Message}\n{result.StackTrace}\n{result.Output}";
        GuestLine line = new(result.Test.FullName, passed, (long)(result.Duration * 1000), detail);
        lock (_lock)
        {
            output.WriteLine(line);
        }
    }

    public void TestOutput(TestOutput output)
    {
    }

    public void SendMessage(TestMessage message)
    {
    }
}
