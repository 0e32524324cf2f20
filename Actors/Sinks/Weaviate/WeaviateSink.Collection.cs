using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Weaviate;

internal sealed partial class WeaviateSink
{
    private const string Schema = "v1/schema";

    private static readonly TimeSpan s_pollPause = TimeSpan.FromMilliseconds(500);

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, "Weaviate", WeaviateClass.MaxDimension);
        _collection = null;
        var existing = await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (existing is null)
        {
            await CreateAsync(wanted, cancellationToken).ConfigureAwait(false);

            // Another process may have been first: what counts is what is there now.
            existing = await LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw _rest.Failures.Busy($"does not show the class {Class} that was just made");
        }

        CollectionFit.RequireSame(existing, wanted, Place);
        _collection = existing;
    }

    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        _collection = null;
        await _rest.SendOnlyAsync(new SinkRequest(HttpMethod.Delete, $"{Schema}/{Class}") { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the vector index has taken in what is stored, where the server indexes behind writes (ASYNC_INDEXING).</summary>
    public async Task MakeVisibleAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            return;
        }

        while (await CountQueuedAsync(cancellationToken).ConfigureAwait(false) > 0)
        {
            await Task.Delay(s_pollPause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads what the class holds; null when there is none.</summary>
    private async Task<CollectionInfo?> LoadAsync(CancellationToken cancellationToken)
    {
        using var answer = await _rest.SendAsync(new SinkRequest(HttpMethod.Get, $"{Schema}/{Class}") { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            return await FindListedAsync(answer.Text(), cancellationToken).ConfigureAwait(false);
        }

        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            return WeaviateClass.Read(body.RootElement, Place);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw _rest.Failures.Fatal($"does not describe the class {Class} as Weaviate does: {answer.Text()}", exception);
        }
    }

    /// <summary>
    /// Weaviate's 404 has no words of its own: that the server is Weaviate, and has no such class, is seen from the list of its classes. Where that has it, somebody made it in
    /// between, or the 404 was somebody else's.
    /// </summary>
    /// <exception cref="TransientException">Something else answered.</exception>
    private async Task<CollectionInfo?> FindListedAsync(string said, CancellationToken cancellationToken)
    {
        using var answer = await _rest.SendAsync(new SinkRequest(HttpMethod.Get, Schema) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        try
        {
            using var body = JsonDocument.Parse(answer.Body);
            foreach (var known in body.RootElement.GetProperty("classes").EnumerateArray())
            {
                if (known.GetProperty("class").ValueEquals(Class))
                {
                    return WeaviateClass.Read(known, Place);
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw SinkAbsence.Doubtful(_rest.Failures, said);
        }
    }

    private async Task CreateAsync(CollectionInfo wanted, CancellationToken cancellationToken)
    {
        using var body = new PooledBody();
        using (var writer = new Utf8JsonWriter(body, ChunkJson.Options))
        {
            WeaviateClass.Write(writer, Class, wanted);
        }

        // 422 says that the class is there already, as well as everything else that is wrong with one.
        using var answer = await _rest.SendAsync(new SinkRequest(HttpMethod.Post, Schema) { Body = body, Accept = [422], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess && !answer.Text().Contains("already exists", StringComparison.Ordinal))
        {
            throw _rest.Failures.Fatal($"does not make the class {Class}: {answer.Text()}");
        }
    }

    private async Task<long> CountQueuedAsync(CancellationToken cancellationToken)
    {
        using var answer = await _rest.SendAsync(new SinkRequest(HttpMethod.Get, $"v1/nodes/{Class}?output=verbose") { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            return 0;
        }

        using var body = JsonDocument.Parse(answer.Body);
        var queued = 0L;
        foreach (var node in body.RootElement.TryGetProperty("nodes", out var nodes) ? nodes.EnumerateArray() : default)
        {
            foreach (var shard in node.TryGetProperty("shards", out var shards) && shards.ValueKind == JsonValueKind.Array ? shards.EnumerateArray() : default)
            {
                queued += shard.TryGetProperty("vectorQueueLength", out var length) ? length.GetInt64() : 0;
            }
        }

        return queued;
    }
}
