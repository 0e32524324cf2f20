using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Text;
using Sluice.Streams.Vectors;
using Vector = Sluice.Streams.Vectors.Embedding;

namespace Sluice.Hosting.Http;

/// <summary>Searches one database for the API. Opens it, and the model that its vectors are from, with the first question. Safe for concurrent use.</summary>
/// <param name="rooms">Opens them.</param>
/// <param name="uri">The database.</param>
/// <param name="models">The server's models; not owned.</param>
/// <param name="options">How to search by default.</param>
/// <param name="time">The clock.</param>
internal sealed class CollectionSearch(ISluiceRooms rooms, string uri, ServedModels models, SearchOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int LongestText = 4_000;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IVectorSink? _sink;

    /// <summary>Searches.</summary>
    /// <param name="question">The question.</param>
    /// <param name="mode">How; null for the configured way.</param>
    /// <param name="limit">Most hits.</param>
    /// <param name="uriGlob">Only documents that match; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The hits.</returns>
    /// <exception cref="Streams.Failures.ModelException">The database's model is not here.</exception>
    public async Task<SearchAnswer> AskAsync(string question, SearchMode? mode, int limit, string? uriGlob, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var chosen = mode ?? options.Mode;
        var sink = await OpenSinkAsync(cancellationToken).ConfigureAwait(false);
        var hits = sink is not null && await sink.DescribeAsync(cancellationToken).ConfigureAwait(false) is { } collection
            ? await sink.SearchAsync(new SearchQuery(question, chosen == SearchMode.FullText ? null : await EmbedAsync(question, collection, cancellationToken).ConfigureAwait(false), chosen, limit) { UriGlob = uriGlob }, cancellationToken).ConfigureAwait(false)
            : [];
        var name = chosen switch { SearchMode.Vector => "vector", SearchMode.FullText => "full-text", _ => "hybrid" };
        return new SearchAnswer(question, name, Math.Round(time.GetElapsedTime(start).TotalSeconds, 4), [.. hits.Select(View)]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sink is not null)
        {
            await _sink.DisposeAsync().ConfigureAwait(false);
        }

        _opening.Dispose();
    }

    private static HitView View(SearchHit hit) => new(
        Secrets.Redact(hit.Uri),
        PlaceText.OfPiece(hit.Uri, hit.Place, "/nowhere"),
        Math.Round(hit.Score, 6),
        hit.Title,
        hit.HeadingPath,
        hit.Text.Length <= LongestText ? hit.Text : hit.Text[..LongestText],
        hit.Place.Line,
        hit.Place.Page,
        hit.Place.Row,
        hit.Id.ToString());

    private async Task<IVectorSink?> OpenSinkAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _sink ??= DatabaseUris.FileOf(uri) is { } file && !File.Exists(file) ? null : rooms.OpenSink(uri);
        }
        finally
        {
            _opening.Release();
        }
    }

    private Task<Vector> EmbedAsync(string question, CollectionInfo collection, CancellationToken cancellationToken) =>
        models.UseAsync(rooms, collection, model => model.Service.EmbedQuestionAsync(question, cancellationToken), cancellationToken);
}
