using System.Globalization;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Pinecone;

/// <summary>
/// Every write of a namespace has a log sequence number, and the answer of a query says up to which it sees. So a write is waited for by asking, not by sleeping: see
/// "check data freshness" in Pinecone's documentation.
/// </summary>
internal sealed partial class PineconeSink
{
    private const string WrittenHeader = "x-pinecone-request-lsn";
    private const string SeenHeader = "x-pinecone-max-indexed-lsn";

    /// <summary>No chunk has this id: deleting it changes nothing, and gives a number that is later than every write before it, whoever made it.</summary>
    private const string NoChunk = "00000000-0000-0000-0000-000000000000";

    private long _written;
    private long _seen;

    public async Task MakeVisibleAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        if (await FindAsync(cancellationToken).ConfigureAwait(false) is { } index)
        {
            await WaitUntilAllIsSeenAsync(index, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until what was written before this call is seen, whoever wrote it.</summary>
    private async Task WaitUntilAllIsSeenAsync(PineconeIndex index, CancellationToken cancellationToken)
    {
        var barrier = await DeleteAsync(
            index,
            static writer =>
            {
                writer.WriteStartArray("ids");
                writer.WriteStringValue(NoChunk);
                writer.WriteEndArray();
            },
            retry: true,
            cancellationToken).ConfigureAwait(false);
        if (barrier is { } target)
        {
            await WaitUntilSeenAsync(index, target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until what this sink wrote is seen.</summary>
    private Task WaitUntilSeenAsync(PineconeIndex index, CancellationToken cancellationToken) =>
        Interlocked.Read(ref _written) is var target && Interlocked.Read(ref _seen) < target ? WaitUntilSeenAsync(index, target, cancellationToken) : Task.CompletedTask;

    /// <summary>Waits until a write is seen.</summary>
    /// <exception cref="TransientException">It takes longer than the limit.</exception>
    private async Task WaitUntilSeenAsync(PineconeIndex index, long target, CancellationToken cancellationToken)
    {
        var (began, pause) = (_time.GetTimestamp(), _options.PollInterval);
        while (true)
        {
            if (await AskAsync(index, cancellationToken).ConfigureAwait(false) is not { } seen)
            {
                return; // This kind of index does not say: there is nothing to wait for.
            }

            Raise(ref _seen, seen);
            if (seen >= target)
            {
                return;
            }

            if (_time.GetElapsedTime(began) >= _options.VisibleTimeout)
            {
                throw new TransientException(
                    $"Pinecone has not shown the last writes to the index {Place} for {_options.VisibleTimeout.TotalMinutes:0.#} minutes (it is at {seen} of {target}). Run again later, or raise sluice.sinks.pinecone.visible-timeout.");
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < _options.PollInterval * LongestPause ? pause * 2 : _options.PollInterval * LongestPause;
        }
    }

    /// <summary>Up to which write a query sees.</summary>
    private async Task<long?> AskAsync(PineconeIndex index, CancellationToken cancellationToken)
    {
        using var body = new PooledBody(4096);
        Write(body, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("namespace", _address.Namespace);
            writer.WriteNumber("topK", 1);
            if (index.Info.Kind == EmbeddingKind.Sparse)
            {
                writer.WriteStartObject("sparseVector");
                WriteNumbers("indices", 1);
                WriteNumbers("values", 1);
                writer.WriteEndObject();
            }
            else
            {
                WriteNumbers("vector", index.Info.Dimension);
            }

            writer.WriteEndObject();

            void WriteNumbers(string name, int count)
            {
                writer.WriteStartArray(name);
                for (var i = 0; i < count; i++)
                {
                    writer.WriteNumberValue(1);
                }

                writer.WriteEndArray();
            }
        });
        using var response = await Data(index).SendAsync(new SinkRequest(HttpMethod.Post, "query") { Body = body, Retry = true }, cancellationToken).ConfigureAwait(false);
        return Lsn(response, SeenHeader);
    }

    private long? NoteWritten(SinkResponse response)
    {
        var lsn = Lsn(response, WrittenHeader);
        if (lsn is { } written)
        {
            Raise(ref _written, written);
        }

        return lsn;
    }

    /// <summary>A new index begins to count anew.</summary>
    private void ForgetWrites()
    {
        Interlocked.Exchange(ref _written, 0);
        Interlocked.Exchange(ref _seen, 0);
    }

    private static long? Lsn(SinkResponse response, string header) =>
        response.Headers.TryGetValues(header, out var values) && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var lsn) ? lsn : null;

    private static void Raise(ref long value, long atLeast)
    {
        for (var before = Interlocked.Read(ref value); before < atLeast; before = Interlocked.Read(ref value))
        {
            Interlocked.CompareExchange(ref value, atLeast, before);
        }
    }
}
