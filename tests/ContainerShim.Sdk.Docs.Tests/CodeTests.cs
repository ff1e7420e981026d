using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ContainerShim.Sdk.Docs.Tests;

/// <summary>Code in the documentation compiles as it stands.</summary>
public sealed class CodeTests
{
    /// <summary>What the SDK's implicit usings are for a console program.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly MetadataReference[] _references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Select(path => MetadataReference.CreateFromFile(path))];

    private static IEnumerable<CodeBlock> Blocks() => Repository.Pages().SelectMany(CodeBlock.In).Where(block => block.Language == "csharp");

    [Test]
    public void Documentation_HasCode() => Assert.That(Blocks(), Is.Not.Empty);

    [TestCaseSource(nameof(Blocks))]
    public void Code_OfTheDocumentation_Compiles(object block)
    {
        CodeBlock code = (CodeBlock)block;
        CSharpParseOptions options = new(LanguageVersion.CSharp14);
        SyntaxTree tree = CSharpSyntaxTree.ParseText(Whole(code), options);
        bool isProgram = tree.GetCompilationUnitRoot().Members.Any(member => member.IsKind(SyntaxKind.GlobalStatement));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "documentation",
            [tree, CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            _references,
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        IEnumerable<string> problems = compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Select(diagnostic => $"{code.Page}:{LineOf(code, diagnostic)}: {diagnostic.GetMessage()}");
        Assert.That(problems, Is.Empty);
    }

    /// <summary>A fragment becomes the body of a method; the line of the page is kept.</summary>
    private static string Whole(CodeBlock code)
    {
        if (code.Given is null)
        {
            return code.Text;
        }

        string[] lines = code.Text.Split('\n');
        IEnumerable<string> usings = lines.Where(IsUsing);
        IEnumerable<string> body = lines.Select(line => IsUsing(line) ? "" : line);
        return $"{string.Join(' ', usings)} internal static class Fragment {{ internal static async Task RunAsync({code.Given}) {{ await Task.CompletedTask;\n"
            + $"{string.Join('\n', body)}\n}} }}";
    }

    private static bool IsUsing(string line) =>
        line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('=', StringComparison.Ordinal) && !line.Contains('(', StringComparison.Ordinal);

    private static int LineOf(CodeBlock code, Diagnostic diagnostic) =>
        code.Line + diagnostic.Location.GetLineSpan().StartLinePosition.Line - (code.Given is null ? 0 : 1);
}
