using System.Diagnostics;

namespace Sluice.Streams.Monitoring;

/// <summary>
/// Spans of the pipeline. The reading of a document is the root (<c>parse</c>); each of its groups carries the context on, and its embedding (<c>embed</c>) and its
/// writing (<c>index</c>), on whatever node, hang below. What is done for many groups at once, a batch of the model or a request to the database, has a span of its
/// own that is linked to them. Without a listener nothing is made.
/// </summary>
public static class PipelineTracing
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "Sluice.Pipeline";

    private const int MaxLinks = 64;
    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Begins a span of one document or group. It does not become the current one: it ends elsewhere.</summary>
    /// <param name="stage">parse, embed or index.</param>
    /// <param name="kind">Which way it faces.</param>
    /// <param name="parent">Context that it hangs below, as W3C trace parent; null for a root.</param>
    /// <returns>The span; null when nobody listens, or it is not sampled.</returns>
    public static Activity? Begin(string stage, ActivityKind kind, string? parent)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        _ = ActivityContext.TryParse(parent, null, isRemote: true, out var context); // Otherwise it is empty, and the span a root.
        return Start(stage, kind, context, []);
    }

    /// <summary>Begins the span of what is done for several groups at once.</summary>
    /// <param name="name">What is done: <c>embed batch</c>, <c>index request</c>.</param>
    /// <param name="contexts">Contexts of the groups; the first 64 different ones are linked.</param>
    /// <returns>The span; null when nobody listens, or it is not sampled.</returns>
    public static Activity? BeginBatch(string name, IEnumerable<string?> contexts)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        var links = new List<ActivityLink>();
        foreach (var text in contexts.Distinct(StringComparer.Ordinal).Take(MaxLinks))
        {
            if (ActivityContext.TryParse(text, null, isRemote: true, out var context))
            {
                links.Add(new ActivityLink(context));
            }
        }

        return Start(name, ActivityKind.Internal, default, links);
    }

    /// <summary>Ends a span; one that has ended stays as it is.</summary>
    /// <param name="span">The span; null for none.</param>
    /// <param name="failure">What went wrong; null for nothing.</param>
    public static void End(Activity? span, Exception? failure = null)
    {
        if (span is null or { IsStopped: true })
        {
            return;
        }

        if (failure is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, failure.GetType().Name); // Not the message: there may be text of a document in it.
        }

        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }

    private static Activity? Start(string name, ActivityKind kind, ActivityContext parent, List<ActivityLink> links)
    {
        var current = Activity.Current;
        Activity.Current = null; // What happens to run here is not its parent.
        try
        {
            return s_source.StartActivity(name, kind, parent, tags: [new("messaging.system", "sluice"), new("messaging.operation.name", name)], links);
        }
        finally
        {
            Activity.Current = current;
        }
    }
}
