namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>Ends a check that has found that its promise is not made, or cannot be tried.</summary>
internal sealed class NotApplicableException(string why) : Exception(why);
