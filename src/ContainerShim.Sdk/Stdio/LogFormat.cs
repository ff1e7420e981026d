namespace ContainerShim.Sdk.Stdio;

/// <summary>How output is written into a log file.</summary>
internal enum LogFormat
{
    /// <summary>As it comes.</summary>
    Raw,

    /// <summary>As containerd's CRI plugin writes it, for the kubelet.</summary>
    Cri,

    /// <summary>As docker's <c>json-file</c> driver writes it.</summary>
    Json,
}
