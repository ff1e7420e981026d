using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Measures calls of one kind: a span and a duration each, whatever becomes of the call.</summary>
/// <param name="source">Makes the spans.</param>
/// <param name="durations">Takes the durations, in seconds.</param>
/// <param name="callTag">The attribute that names the call.</param>
/// <param name="spanPrefix">What the names of the spans begin with.</param>
/// <param name="time">The clock.</param>
internal sealed class CallMeter(ActivitySource source, Histogram<double> durations, string callTag, string spanPrefix, TimeProvider time)
{
    private const string ErrorTag = "error.type";
    private const string ContainerTag = "container.id";
    private const string ExecTag = "containershim.exec.id";

    public static Histogram<double> Durations(Meter meter, string name, string description) => meter.CreateHistogram(
        name,
        "s",
        description,
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });

    public async Task<T> MeasureAsync<T>(string call, string containerId, string execId, Func<Task<T>> run)
    {
        long started = time.GetTimestamp();
        Activity? span = Begin(call, containerId, execId);
        try
        {
            T result = await run().ConfigureAwait(false);
            End(span, call, started, null);
            return result;
        }
        catch (Exception e)
        {
            End(span, call, started, e);
            throw;
        }
    }

    public Task MeasureAsync(string call, string containerId, string execId, Func<Task> run) => MeasureAsync(call, containerId, execId, async () =>
    {
        await run().ConfigureAwait(false);
        return true;
    });

    private Activity? Begin(string call, string containerId, string execId)
    {
        if (!source.HasListeners())
        {
            return null;
        }

        Activity? outer = Activity.Current;
        ActivityContext remote = outer is null ? TraceContext.Remote : default;
        Activity? span = Unfailing.Get(
            (source, Name: spanPrefix + call, remote),
            static s => s.source.StartActivity(s.Name, s.remote == default ? ActivityKind.Internal : ActivityKind.Server, s.remote));
        if (span is null)
        {
            // A listener that failed at the start leaves its span behind as the current one.
            Activity.Current = outer;
            return null;
        }

        span.SetTag(ContainerTag, containerId);
        if (execId.Length > 0)
        {
            span.SetTag(ExecTag, execId);
        }

        return span;
    }

    private void End(Activity? span, string call, long started, Exception? exception)
    {
        string? error = exception is null ? null : ErrorType(exception);
        if (durations.Enabled)
        {
            TagList tags = new() { { callTag, call } };
            if (error is not null)
            {
                tags.Add(ErrorTag, error);
            }

            Unfailing.Do(
                (durations, Elapsed: time.GetElapsedTime(started).TotalSeconds, tags), static s => s.durations.Record(s.Elapsed, s.tags));
        }

        if (span is null)
        {
            return;
        }

        if (error is not null)
        {
            span.SetTag(ErrorTag, error);
            span.SetStatus(ActivityStatusCode.Error, exception!.Message);
        }

        Unfailing.Do(span, static s => s.Stop());
    }

    private static string ErrorType(Exception exception) => exception switch
    {
        ShimException e => e.Code.ToString(),
        OperationCanceledException => nameof(ShimErrorCode.Canceled),
        TimeoutException => nameof(ShimErrorCode.DeadlineExceeded),
        _ => exception.GetType().Name,
    };
}
