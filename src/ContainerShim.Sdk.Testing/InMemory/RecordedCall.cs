namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>A call that an <see cref="InMemoryRuntime"/> was asked for, whatever became of it.</summary>
/// <param name="Operation">What was asked.</param>
/// <param name="ContainerId">For which container.</param>
/// <param name="Detail">The exec id, the signal (<c>9</c>, <c>9 all</c>), <c>force</c>, the resources as JSON, or empty.</param>
public sealed record RecordedCall(RuntimeOperation Operation, string ContainerId, string Detail = "");
