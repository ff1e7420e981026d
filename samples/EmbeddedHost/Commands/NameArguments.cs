using System.CommandLine;
using System.CommandLine.Completions;
using EmbeddedHost.Containers;

namespace EmbeddedHost.Commands;

/// <summary>The argument that names containers; the shell may complete it.</summary>
internal static class NameArguments
{
    public static Argument<string> One(StoreOptions store) => Completed(new Argument<string>("NAME") { Description = "The container", HelpName = "NAME" }, store);

    public static Argument<string[]> Several(StoreOptions store) =>
        Completed(new Argument<string[]>("NAME") { Description = "The containers", HelpName = "NAME", Arity = ArgumentArity.OneOrMore }, store);

    /// <summary>Does the same to each, and goes on when one fails.</summary>
    public static async Task<int> EachAsync(IEnumerable<string> names, Func<string, Task> action)
    {
        int status = 0;
        foreach (string name in names)
        {
            try
            {
                await action(name);
                Console.WriteLine(name);
            }
            catch (Exception exception) when (Complaint.Explains(exception))
            {
                Complaint.Write(exception.Message);
                status = ExitCodes.Failed;
            }
        }

        return status;
    }

    private static T Completed<T>(T argument, StoreOptions store)
        where T : Argument
    {
        argument.CompletionSources.Add(context => store.Store(context.ParseResult).All().Select(files => new CompletionItem(files.Name)));
        return argument;
    }
}
