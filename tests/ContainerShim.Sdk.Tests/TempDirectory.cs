using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Tests;

/// <summary>A directory of its own for one test, removed with all it holds.</summary>
internal sealed class TempDirectory : IDisposable
{
    internal TempDirectory() => Path = Libc.MakeTemporaryDirectory(System.IO.Path.Join("/tmp", "shim-test-"));

    internal string Path { get; }

    internal string this[string name] => System.IO.Path.Join(Path, name);

    internal string Write(string name, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllText(this[name], content);
        File.SetUnixFileMode(this[name], mode);
        return this[name];
    }

    /// <summary>An executable script.</summary>
    internal string Script(string name, string content) => Write(name, "#!/bin/sh\n" + content + "\n", (UnixFileMode)0x1ED);

    internal string Make(string name) => Directory.CreateDirectory(this[name]).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
