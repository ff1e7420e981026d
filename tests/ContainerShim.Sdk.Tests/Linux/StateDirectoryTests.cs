using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Tests.Linux;

internal sealed class StateDirectoryTests
{
    private readonly string _root = Directory.CreateTempSubdirectory("state-").FullName;

    [OneTimeTearDown]
    public void RemoveDirectory() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Take_Twice_TellsWhoHasItUntilItIsFree()
    {
        string path = Path.Join(_root, "a", "b");
        using (StateDirectory first = StateDirectory.Take(path))
        {
            ShimException exception = Assert.Throws<ShimException>(() => StateDirectory.Take(path))!;
            Assert.That(exception.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
            Assert.That(exception.Message, Does.Contain($"{path} is in use by an engine of process {Environment.ProcessId}"));
        }

        StateDirectory.Take(path).Dispose();
    }

    [Test]
    public void Take_WhatOthersCanWriteTo_IsRefused()
    {
        string path = Directory.CreateDirectory(Path.Join(_root, "open")).FullName;
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        Assert.That(Assert.Throws<ShimException>(() => StateDirectory.Take(path))!.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
    }
}
