namespace ContainerShim.Sdk.Bundles;

/// <summary>Writes small files so that a reader sees the old content or the new one, never half of it.</summary>
internal static class AtomicFile
{
    private const UnixFileMode ReadableMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes text with the given mode, whatever the umask.</summary>
    public static void Write(string path, string text, UnixFileMode mode = ReadableMode)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (FileStream file = new(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                BufferSize = 0,
            }))
            {
                file.Write(System.Text.Encoding.UTF8.GetBytes(text));
                File.SetUnixFileMode(file.SafeFileHandle, mode);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
