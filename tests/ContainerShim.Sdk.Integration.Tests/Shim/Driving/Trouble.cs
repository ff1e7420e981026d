namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Why nothing can be written to a disk.</summary>
public enum Trouble
{
    Full,
    OutOfNames,
    ReadOnly,
}
