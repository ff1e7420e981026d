using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// Makes user namespaces that exist only as descriptors, for id-mapped mounts. A process with threads cannot enter one, so a child does:
/// unshare(1) of util-linux, which goes on as cat(1) and ends when the pipe to it is closed.
/// </summary>
internal sealed class UserNamespaceMaker(IProcessSpawner spawner)
{
    private const string Shell = "/bin/sh";
    private const string SearchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <exception cref="MountException">The maps are not maps, the kernel refuses them, or unshare(1) is missing.</exception>
    internal async Task<SafeFd> MakeAsync(string uidMap, string gidMap)
    {
        string uids = IdMap.Format(uidMap);
        string gids = IdMap.Format(gidMap);
        (SafeFd input, SafeFd question) = Libc.Pipe();
        using (question)
        {
            (SafeFd answer, SafeFd output) = Libc.Pipe();
            using (answer)
            {
                using IProcessWatch child = Start(input, output);
                try
                {
                    return await MountThread.RunAsync(() => Take(child, question, answer, uids, gids)).ConfigureAwait(false);
                }
                finally
                {
                    question.Dispose();
                    await child.Exited.ConfigureAwait(false);
                }
            }
        }
    }

    private IProcessWatch Start(SafeFd input, SafeFd output)
    {
        using (input)
        using (output)
        {
            return spawner.Spawn(new SpawnRequest
            {
                FileName = Shell,
                Arguments = ["sh", "-c", "exec unshare --user -- cat"],
                Environment = [SearchPath],
                Stdin = input,
                Stdout = output,
            });
        }
    }

    private static SafeFd Take(IProcessWatch child, SafeFd question, SafeFd answer, string uids, string gids)
    {
        // Only cat(1) answers, and it runs in the new namespace. If it never runs, the pipe ends.
        byte[] letter = [(byte)'?'];
        if (Libc.Write(question, letter) != 1 || Libc.Read(answer, letter) != 1)
        {
            throw new MountException("failed to make a user namespace: unshare --user failed or is not there");
        }

        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{child.Pid}");
        try
        {
            File.WriteAllText(directory + "/uid_map", uids, new UTF8Encoding(false));
            File.WriteAllText(directory + "/gid_map", gids, new UTF8Encoding(false));
            return Libc.Open(directory + "/ns/user", OpenFlags.ReadOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MountException("failed to make a user namespace: " + exception.Message);
        }
    }
}
