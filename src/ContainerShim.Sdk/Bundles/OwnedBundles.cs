using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Bundles;

/// <summary>The bundles that an engine writes itself, and removes with their containers. Safe for use from several threads.</summary>
internal sealed class OwnedBundles(string root)
{

    private readonly Lock _lock = new();
    private readonly HashSet<string> _paths = [];

    /// <summary>Writes a bundle into a new directory; its name is of its own, since the id may be in use by a container that is there.</summary>
    internal string Create(string id, BundleBuilder builder, BundleContext context)
    {
        string path;
        try
        {
            Directory.CreateDirectory(root, DirectoryModes.OwnerOnly);
            lock (_lock)
            {
                path = Libc.MakeTemporaryDirectory(Path.Join(root, id + "-"));
                _paths.Add(path);
            }
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.Translate(exception, "mkdir", root);
        }

        try
        {
            builder.WriteTo(path, context);
            return path;
        }
        catch
        {
            Remove(path);
            throw;
        }
    }

    /// <summary>Takes a bundle over that an earlier engine has written; does nothing for another's.</summary>
    internal void Own(string path)
    {
        if (Path.GetDirectoryName(path) == root)
        {
            lock (_lock)
            {
                _paths.Add(path);
            }
        }
    }

    /// <summary>Removes what earlier engines have left of containers that are not there any more.</summary>
    /// <param name="isThere">Whether there is a container of an id, taken over or not.</param>
    internal void RemoveAbandoned(Func<string, bool> isThere)
    {
        foreach (string path in Directory.Exists(root) ? Directory.GetDirectories(root) : [])
        {
            int end = Path.GetFileName(path).LastIndexOf('-');
            if (end > 0 && !isThere(Path.GetFileName(path)[..end]) && TryOwn(path))
            {
                Remove(path);
            }
        }
    }

    /// <summary>Removes a bundle if it is one of these. A root file system that is still mounted is left alone, and its bundle with it.</summary>
    internal void Remove(string path)
    {
        lock (_lock)
        {
            if (!_paths.Remove(path))
            {
                return;
            }
        }

        try
        {
            foreach (string directory in Directory.GetDirectories(path))
            {
                bool mayBeMounted = Path.GetFileName(directory) == "rootfs";
                Directory.Delete(directory, recursive: !mayBeMounted);
            }

            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed tells what has happened; a container of the same id gets a directory of its own.
        }
    }

    /// <summary>Removes those that are left, and the directory of all when it is empty then.</summary>
    internal void RemoveAll()
    {
        string[] left;
        lock (_lock)
        {
            left = [.. _paths];
        }

        Array.ForEach(left, Remove);
    }

    private bool TryOwn(string path)
    {
        lock (_lock)
        {
            return _paths.Add(path);
        }
    }
}
