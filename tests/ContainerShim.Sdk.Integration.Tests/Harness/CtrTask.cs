namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>One line of <c>ctr task ls</c>; the status is RUNNING, STOPPED, …</summary>
internal sealed record CtrTask(string Id, int Pid, string Status);
