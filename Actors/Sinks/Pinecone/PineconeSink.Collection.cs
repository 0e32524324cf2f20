using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

internal sealed partial class PineconeSink
{
    /// <summary>How many times its first length a pause grows to.</summary>
    private const int LongestPause = 16;

    public async Task<CollectionInfo?> DescribeAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        return (await LoadAsync(cancellationToken).ConfigureAwait(false))?.Info;
    }

    public async Task EnsureCollectionAsync(CollectionSpec spec, CancellationToken cancellationToken)
    {
        RequireOpen();
        var wanted = CollectionFit.Wanted(spec);
        CollectionFit.RequireStorable(wanted, Capabilities, Database, MaxDimension);
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            await WaitAsync("go away", static index => index is null, cancellationToken).ConfigureAwait(false);
            await CreateAsync(wanted, cancellationToken).ConfigureAwait(false);
        }

        // Whoever made it: it is compared first, and waited for only when it fits.
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is { } existing)
        {
            CollectionFit.RequireSame(existing.Info, wanted, Place);
        }

        _index = await WaitAsync("be ready", static index => index is { IsReady: true }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes the index; where other namespaces of it hold records, this namespace alone.</summary>
    public async Task DropCollectionAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        if (await LoadAsync(cancellationToken).ConfigureAwait(false) is not { } index)
        {
            return;
        }

        if (await HasOthersAsync(index, cancellationToken).ConfigureAwait(false))
        {
            await Data(index).SendOnlyAsync(new SinkRequest(HttpMethod.Delete, $"namespaces/{Uri.EscapeDataString(_address.Namespace)}") { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
            ForgetWrites();
            return;
        }

        try
        {
            await _control.SendOnlyAsync(new SinkRequest(HttpMethod.Delete, IndexPath) { Accept = [404], Retry = true }, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.Message.Contains("protection", StringComparison.OrdinalIgnoreCase))
        {
            throw new StorageException($"The index {Place} is protected against deletion. Turn that off in Pinecone's console, or name another index.", exception);
        }

        _index = null;
        ForgetWrites();
        await WaitAsync("go away", static found => found is null, cancellationToken).ConfigureAwait(false);
    }

    private async Task CreateAsync(CollectionInfo wanted, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(4096);
        Write(body, writer => PineconeIndex.WriteCreation(writer, _address, wanted));

        // 409: somebody else was faster; what is there is compared.
        await _control.SendOnlyAsync(new SinkRequest(HttpMethod.Post, "indexes") { Body = body, Accept = [409], Retry = true }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at the index until it is as it should be.</summary>
    /// <exception cref="TransientException">It takes longer than the limit.</exception>
    /// <exception cref="StorageException">It came to nothing.</exception>
    private async Task<PineconeIndex?> WaitAsync(string what, Func<PineconeIndex?, bool> isSo, CancellationToken cancellationToken)
    {
        var (began, pause) = (_time.GetTimestamp(), _options.PollInterval);
        while (true)
        {
            var index = await DescribeIndexAsync(cancellationToken).ConfigureAwait(false);
            if (isSo(index))
            {
                return index;
            }

            if (index?.State == PineconeIndex.Failed)
            {
                throw new StorageException($"Pinecone could not make the index {Place} ({PineconeIndex.Failed}). Delete it in Pinecone's console and run again.");
            }

            if (_time.GetElapsedTime(began) >= _options.ReadyTimeout)
            {
                throw new TransientException(
                    $"The index {Place} takes longer than {_options.ReadyTimeout.TotalMinutes:0.#} minutes to {what}; it is '{index?.State ?? "missing"}'. Run again later, or raise sluice.sinks.pinecone.ready-timeout.");
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < _options.PollInterval * LongestPause ? pause * 2 : _options.PollInterval * LongestPause;
        }
    }

    /// <summary>Whether another namespace than this sink's holds records.</summary>
    private async Task<bool> HasOthersAsync(PineconeIndex index, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(256);
        Write(body, static writer =>
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        });
        using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "describe_index_stats") { Body = body, Retry = true }, cancellationToken).ConfigureAwait(false);
        using var json = JsonDocument.Parse(response.Body);
        return json.RootElement.TryGetProperty("namespaces", out var namespaces)
            && namespaces.EnumerateObject().Any(one => (one.Name.Length == 0 ? PineconeAddress.DefaultNamespace : one.Name) != _address.Namespace
                && one.Value.TryGetProperty("vectorCount", out var count) && count.GetInt64() > 0);
    }
}
