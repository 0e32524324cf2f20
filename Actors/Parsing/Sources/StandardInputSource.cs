using System.Runtime.CompilerServices;
using Sluice.Actors.Parsing.Sources.Files;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Standard input: one document that can be read once, and is never kept.</summary>
/// <param name="input">The stream; opened when first read.</param>
/// <param name="name">The file name it is taken to have; empty for none.</param>
/// <param name="timeProvider">Tells when it was listed.</param>
internal sealed class StandardInputSource(Func<Stream> input, string name, TimeProvider timeProvider) : IDocumentSource
{
    private int _opened;

    public SourceScope Scope { get; } = SourceScope.Exact(name.Length == 0 ? "stdin:" : "stdin:/" + PathText.EscapeBytes(PathText.ToBytes(name.Replace('/', '_'))));

    public string Description => "standard input";

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return new ListingPage([new ListedDocument(Scope.Uri, Modified: timeProvider.GetUtcNow())], null);
    }

    public ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _opened, 1) != 0)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.SourceFailed,
                "standard input can be read only once, and its first reading did not end well; pass it again, or write it to a file and ingest that"));
        }

        return new(new DocumentContent(Scope.Uri, input()));
    }
}
