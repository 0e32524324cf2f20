using System.Globalization;
using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Elastic;

internal sealed partial class ElasticSink
{
    /// <summary>Sends actions, one an item.</summary>
    /// <returns>The items that the server had no room for, and what it said of the last of them.</returns>
    private async Task<(List<T> Overloaded, TransientException? Cause)> BulkAsync<T>(
        IReadOnlyList<T> items, Action<ElasticDocument, PooledBody, T> write, bool base64, CollectionInfo? info, Action<T, BulkItem> refused, CancellationToken cancellationToken)
    {
        var server = await ServerAsync(cancellationToken).ConfigureAwait(false);
        using var body = new PooledBody();
        using (var document = new ElasticDocument(body, base64, info?.Distance == Distance.Cosine))
        {
            foreach (var item in items)
            {
                write(document, body, item);
            }
        }

        List<BulkItem> failed;
        try
        {
            failed = await SendBulkAsync(server, body, items.Count, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _unseen = true;
        }

        var overloaded = new List<T>();
        BulkItem last = default;
        foreach (var failure in failed)
        {
            if (failure.IsOverloaded)
            {
                overloaded.Add(items[failure.Index]);
                last = failure;
                continue;
            }

            if (failure.Type == ElasticErrors.IndexNotFound)
            {
                _known = null;
                throw Missing();
            }

            if (failure.Status is 401 or 403)
            {
                throw _client.Failures.Denied(failure.Status, failure.Words + ".");
            }

            refused(items[failure.Index], failure);
        }

        return overloaded.Count == 0
            ? (overloaded, null)
            : (overloaded, _client.Failures.Busy(string.Create(CultureInfo.InvariantCulture, $"has no room for {overloaded.Count} of {items.Count} documents ({last.Status}, {last.Words})")));
    }

    /// <summary>Sends actions of which none may be left undone.</summary>
    private async Task BulkAsync<T>(IReadOnlyList<T> items, Action<ElasticDocument, PooledBody, T> write, Action<T, BulkItem> refused, CancellationToken cancellationToken)
    {
        if (await BulkAsync(items, write, base64: false, null, refused, cancellationToken).ConfigureAwait(false) is (_, { } cause))
        {
            throw cause;
        }
    }

    private async Task<List<BulkItem>> SendBulkAsync(ElasticServer server, PooledBody body, int count, CancellationToken cancellationToken)
    {
        using var packed = _address.Gzip ? GzipBody.Compress(body) : null;
        var request = new SinkRequest(HttpMethod.Post, $"{_index}/_bulk{_dialect.BulkParameters(server)}")
        {
            Body = packed ?? body,
            MediaType = "application/x-ndjson",
            ContentEncoding = packed is null ? null : "gzip",
        };
        using var answer = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            return BulkAnswer.ReadFailures(answer.Body.Span, count);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw _client.Failures.Fatal($"gave an answer to a bulk request that cannot be understood: {exception.Message}", exception);
        }
    }

    private static void WriteAction(PooledBody body, ReadOnlySpan<byte> before, Guid id, ReadOnlySpan<byte> after)
    {
        const int GuidLength = 36;
        var span = body.GetSpan(before.Length + GuidLength + after.Length);
        before.CopyTo(span);
        id.TryFormat(span[before.Length..], out var written);
        after.CopyTo(span[(before.Length + written)..]);
        body.Advance(before.Length + written + after.Length);
    }
}
