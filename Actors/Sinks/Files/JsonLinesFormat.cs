using System.Text.Json;
using Sluice.Actors.Sinks.Http;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>One JSON object a line, UTF-8, lines ended by a line feed.</summary>
internal sealed class JsonLinesFormat : IRecordFileFormat
{
    public string Name => "jsonl";

    public async Task WriteAsync(Stream output, CollectionInfo collection, IAsyncEnumerable<IReadOnlyList<VectorRecord>> pages, CancellationToken cancellationToken)
    {
        using var buffer = new PooledBody();
        var json = new Utf8JsonWriter(buffer, RecordText.Options);
        await using (json.ConfigureAwait(false))
        {
            await foreach (var page in pages.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                foreach (var record in page)
                {
                    json.Reset();
                    RecordText.Write(json, record);
                    json.Flush();
                    buffer.GetSpan(1)[0] = (byte)'\n';
                    buffer.Advance(1);
                }

                foreach (var segment in buffer.Segments)
                {
                    await output.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
                }

                buffer.Clear();
            }
        }
    }
}
