using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Tests.Diagnostics;

/// <summary>Listens to the spans and metrics of one namespace; or fails at each occasion, as a broken exporter does.</summary>
internal sealed class TelemetryRecorder : IDisposable
{
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();

    internal TelemetryRecorder(string containerdNamespace, bool isBroken = false)
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ContainerShimTelemetry.Name && IsOf(source.Tags, containerdNamespace),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => Break(isBroken),
            ActivityStopped = activity =>
            {
                Break(isBroken);
                Spans.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ContainerShimTelemetry.Name && IsOf(instrument.Meter.Tags, containerdNamespace))
            {
                listener.EnableMeasurementEvents(instrument);
                Units[instrument.Name] = instrument.Unit;
            }
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(isBroken, instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(isBroken, instrument, value, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(isBroken, instrument, value, tags));
        _meters.Start();
    }

    internal ConcurrentQueue<Activity> Spans { get; } = new();

    /// <summary>Each measurement as <c>name{tag=value,…}</c> and its value.</summary>
    internal ConcurrentQueue<(string Series, double Value)> Measurements { get; } = new();

    internal ConcurrentDictionary<string, string?> Units { get; } = new();

    internal IEnumerable<string> Series => Measurements.Select(static measurement => measurement.Series);

    /// <summary>Reads what is reported only when asked.</summary>
    internal IReadOnlyDictionary<string, double> Collect()
    {
        Measurements.Clear();
        _meters.RecordObservableInstruments();
        return Measurements.ToDictionary(static measurement => measurement.Series, static measurement => measurement.Value);
    }

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }

    private static bool IsOf(IEnumerable<KeyValuePair<string, object?>>? tags, string containerdNamespace) =>
        tags?.Contains(new KeyValuePair<string, object?>("containershim.namespace", containerdNamespace)) == true;

    private static void Break(bool isBroken)
    {
        if (isBroken)
        {
            throw new InvalidOperationException("the exporter is broken");
        }
    }

    private void Take(bool isBroken, Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Break(isBroken);
        string text = string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"));
        Measurements.Enqueue(($"{instrument.Name}{{{text}}}", value));
    }
}
