using System.Reflection;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Tests.Diagnostics;

/// <summary>docs/telemetry.md is what dashboards and alerts are built from: it lists all there is, and nothing else.</summary>
internal sealed class TelemetryDocumentTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Join(
        typeof(TelemetryDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "SourceDirectory").Value,
        "..",
        "docs",
        "telemetry.md"));

    [Test]
    public void Instruments_AreListedWithTheirUnits()
    {
        string name = $"n{Guid.NewGuid():N}";
        using Instrumentation instrumentation = new(name, TimeProvider.System);
        using TelemetryRecorder recorder = new(name);
        EngineHarness engine = new();
        instrumentation.Observe(engine.Service, engine.Log, new StreamCounters("all"));

        IEnumerable<string> listed = Rows().Where(static row => row[0].StartsWith("`containershim.", StringComparison.Ordinal) && row.Length == 5)
            .Select(static row => $"{row[0]} {row[2]}");

        Assert.That(recorder.Units.Select(static unit => $"`{unit.Key}` `{unit.Value}`"), Is.Not.Empty.And.EquivalentTo(listed));
    }

    [Test]
    public void LogMessages_AreListedWithTheirLevelsAndTexts()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        string[] messages =
        [
            .. typeof(ContainerShimEngine).Assembly.GetTypes().SelectMany(static type => type.GetMethods(All))
                .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
                .OrderBy(static message => message.EventId)
                .Select(static message => $"| {message.EventId} | {message.Level} | {message.Message} |"),
        ];

        IEnumerable<string> listed = Lines.Where(static line => line.StartsWith("| ", StringComparison.Ordinal) && char.IsAsciiDigit(line[2]));

        Assert.That(listed, Is.EqualTo(messages).AsCollection, "the lines of the table, in order:\n" + string.Join('\n', messages));
    }

    private static IEnumerable<string[]> Rows() => Lines.Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(static line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries));
}
