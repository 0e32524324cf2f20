using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Http;

/// <summary>
/// Takes an overview about once a second while somebody reads, finds which jobs and nodes changed, and gives all readers the same bytes. What a reader holds is bounded:
/// the last 256 changes are kept once for all, and of overviews the latest. Nobody reading costs nothing.
/// </summary>
/// <param name="room">What is shown.</param>
/// <param name="maxStreams">Readers at once.</param>
/// <param name="logger">Told of trouble.</param>
/// <param name="time">The clock.</param>
internal sealed class EventHub(IControlRoom room, int maxStreams, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private const int Kept = 256;
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_fresh = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(60);
    private static readonly byte[] s_retry = "retry: 2000\n\n"u8.ToArray();
    private static readonly byte[] s_comment = ": still here\n\n"u8.ToArray();
    private static readonly byte[] s_end = "event: end\ndata: {}\n\n"u8.ToArray();

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _taking = new(1, 1);
    private readonly CancellationTokenSource _stopped = new();
    private readonly Queue<(long Id, byte[] Bytes)> _changes = new();
    private readonly Dictionary<long, JobSummary> _jobs = [];
    private readonly Dictionary<string, NodeView> _nodes = new(StringComparer.Ordinal);
    private TaskCompletionSource _news = NewSignal();
    private (long Id, byte[] Bytes, Overview? Overview, long At) _latest;
    private Task _loop = Task.CompletedTask;
    private long _sequence;
    private long _firstKept = 1;
    private long _left;
    private int _readers;

    /// <summary>The overview, at most 0.4 s old.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The overview.</returns>
    public async Task<Overview> OverviewAsync(CancellationToken cancellationToken)
    {
        var latest = Latest();
        return latest.Overview is { } fresh && time.GetElapsedTime(latest.At) < s_fresh ? fresh : await TakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Serves a reader until it goes or the server stops.</summary>
    /// <param name="context">The request.</param>
    /// <returns>When it has ended.</returns>
    public async Task ServeAsync(HttpContext context)
    {
        Enter();
        try
        {
            await OverviewAsync(context.RequestAborted).ConfigureAwait(false); // While it cannot be had, the answer is why, and not an empty page.
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopped.Token);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await context.Response.Body.WriteAsync(s_retry, context.RequestAborted).ConfigureAwait(false);
            try
            {
                await WriteAsync(context, LastSeen(context), either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopped.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(s_end, context.RequestAborted).ConfigureAwait(false);
            }
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Ends all streams.</summary>
    /// <returns>When nothing runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        if (!_stopped.IsCancellationRequested)
        {
            await _stopped.CancelAsync().ConfigureAwait(false);
            await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static long LastSeen(HttpContext context) =>
        long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1;

    private static byte[] Format<T>(long id, string name, T value, JsonTypeInfo<T> type) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {id}\nevent: {name}\ndata: {JsonSerializer.Serialize(value, type)}\n\n"));

    private async Task WriteAsync(HttpContext context, long seen, CancellationToken cancellationToken)
    {
        await OverviewAsync(cancellationToken).ConfigureAwait(false);
        var (overview, change) = (seen > Latest().Id ? 0 : seen, seen); // One that was seen is not sent again; an id of another process means nothing.
        var silentSince = time.GetTimestamp();
        while (true)
        {
            Task news;
            var bytes = new List<byte[]>();
            lock (_lock)
            {
                news = _news.Task;
                if (change < _firstKept - 1 || change > _sequence)
                {
                    change = _sequence; // Some are lost, or of another process: all as they are now.
                    bytes.AddRange(_jobs.Values.OrderBy(static job => job.Id).Select(job => Format(change, "job", job, ApiJson.Default.JobSummary)));
                    bytes.AddRange(_nodes.Values.OrderBy(static node => node.Id, StringComparer.Ordinal).Select(node => Format(change, "node", node, ApiJson.Default.NodeView)));
                }
                else
                {
                    bytes.AddRange(_changes.Where(kept => kept.Id > change).Select(static kept => kept.Bytes));
                    change = _sequence;
                }

                if (_latest.Id > overview && _latest.Bytes is not null)
                {
                    bytes.Add(_latest.Bytes);
                    overview = _latest.Id;
                }
            }

            if (bytes.Count == 0 && time.GetElapsedTime(silentSince) > TimeSpan.FromSeconds(15))
            {
                bytes.Add(s_comment);
            }

            foreach (var part in bytes)
            {
                await context.Response.Body.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                silentSince = time.GetTimestamp();
            }

            await context.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(news, Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private (long Id, byte[] Bytes, Overview? Overview, long At) Latest()
    {
        lock (_lock)
        {
            return _latest;
        }
    }

    private void Enter()
    {
        lock (_lock)
        {
            if (_readers >= maxStreams)
            {
                throw new ApiException(StatusCodes.Status503ServiceUnavailable, $"{maxStreams} readers of live events are connected already (sluice.http.max-event-streams).");
            }

            _readers++;
            if (_loop.IsCompleted)
            {
                _loop = Task.Run(LoopAsync);
            }
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _readers--;
            _left = time.GetTimestamp();
        }
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(s_period, time);
        string? trouble = null;
        while (await timer.WaitForNextTickAsync(_stopped.Token).ConfigureAwait(false))
        {
            lock (_lock)
            {
                if (_readers == 0 && time.GetElapsedTime(_left) > s_linger)
                {
                    _loop = Task.CompletedTask;
                    return;
                }
            }

            try
            {
                await TakeAsync(_stopped.Token).ConfigureAwait(false);
                trouble = null;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                var detail = ApiAnswers.Explain(exception)?.Detail ?? exception.ToString();
                if (detail != trouble)
                {
                    HttpLog.NoOverview(logger, detail);
                }

                trouble = detail; // Readers go on with what they have; the next second may be better.
            }
        }
    }

    /// <summary>The jobs; those that are known while nobody can tell: the overview says why.</summary>
    private async Task<JobList> ListJobsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await room.ListJobsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException away) when (away.Status == StatusCodes.Status503ServiceUnavailable)
        {
            lock (_lock)
            {
                return new JobList([.. _jobs.Values]);
            }
        }
    }

    private async Task<Overview> TakeAsync(CancellationToken cancellationToken)
    {
        await _taking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var latest = Latest();
            if (latest.Overview is { } fresh && time.GetElapsedTime(latest.At) < s_fresh)
            {
                return fresh;
            }

            var overview = await room.OverviewAsync(cancellationToken).ConfigureAwait(false);
            var jobs = await ListJobsAsync(cancellationToken).ConfigureAwait(false);
            var nodes = await room.ListNodesAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                foreach (var job in jobs.Items.Reverse())
                {
                    if (!_jobs.TryGetValue(job.Id, out var known) || known.State != job.State || known.Wish != job.Wish || known.Reason != job.Reason)
                    {
                        Keep_NeedsLock("job", job, ApiJson.Default.JobSummary);
                    }

                    _jobs[job.Id] = job;
                }

                foreach (var node in nodes.Items)
                {
                    if (!_nodes.TryGetValue(node.Id, out var known) || known.State != node.State)
                    {
                        Keep_NeedsLock("node", node, ApiJson.Default.NodeView);
                    }

                    _nodes[node.Id] = node;
                }

                Forget_NeedsLock(jobs, nodes);
                overview = overview with { Sequence = ++_sequence, At = time.GetUtcNow() };
                _latest = (overview.Sequence, Format(overview.Sequence, "overview", overview, ApiJson.Default.Overview), overview, time.GetTimestamp());
                _news.TrySetResult();
                _news = NewSignal();
            }

            return overview;
        }
        finally
        {
            _taking.Release();
        }
    }

    private void Forget_NeedsLock(JobList jobs, NodeList nodes)
    {
        foreach (var gone in _jobs.Keys.Except(jobs.Items.Select(static job => job.Id)).ToList())
        {
            _jobs.Remove(gone);
        }

        foreach (var gone in _nodes.Keys.Except(nodes.Items.Select(static node => node.Id), StringComparer.Ordinal).ToList())
        {
            _nodes.Remove(gone);
        }
    }

    private void Keep_NeedsLock<T>(string name, T value, JsonTypeInfo<T> type)
    {
        _sequence++;
        _changes.Enqueue((_sequence, Format(_sequence, name, value, type)));
        while (_changes.Count > Kept)
        {
            _firstKept = _changes.Dequeue().Id + 1;
        }
    }
}
