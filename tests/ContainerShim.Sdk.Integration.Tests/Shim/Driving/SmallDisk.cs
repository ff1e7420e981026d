using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A tmpfs that can be made to take nothing more. The site whose directory it is below removes it.</summary>
internal sealed class SmallDisk
{
    private const int NoSpace = 28;

    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    private string Ballast => Path.Combine(_path, "ballast");

    public static async Task<SmallDisk> MountAsync(string path)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await Command.RunAsync("mount", ["-t", "tmpfs", "-o", "size=512k,nr_inodes=200,mode=700", "tmpfs", path])).EnsureSuccess();
        return new SmallDisk(path);
    }

    public async Task BeginAsync(Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.Full:
                using (FileStream file = new(Ballast, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                {
                    UntilNoSpace(_ => file.Write(new byte[4096]));
                }

                break;
            case Trouble.OutOfNames:
                Directory.CreateDirectory(Ballast);
                UntilNoSpace(i => File.WriteAllText(Path.Combine(Ballast, $"{i}"), ""));
                break;
            default:
                await RemountAsync("ro");
                break;
        }
    }

    public async Task EndAsync()
    {
        await RemountAsync("rw");
        if (Directory.Exists(Ballast))
        {
            Directory.Delete(Ballast, recursive: true);
        }
        else
        {
            File.Delete(Ballast);
        }
    }

    private async Task RemountAsync(string mode) => (await Command.RunAsync("mount", ["-o", $"remount,{mode}", _path])).EnsureSuccess();

    private static void UntilNoSpace(Action<int> write)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                write(i);
            }
        }
        catch (IOException e) when (e.HResult == NoSpace)
        {
        }
    }
}
