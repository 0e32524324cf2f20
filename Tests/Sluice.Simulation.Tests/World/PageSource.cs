using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sluice.Streams.Documents;

namespace Sluice.Simulation.Tests.World;

/// <summary>A page of a web server without the network: covers what the real source of its address says, and serves what the corpus has.</summary>
internal sealed class PageSource(IDocumentSource real, Corpus corpus, int document) : IDocumentSource
{
    public SourceScope Scope => real.Scope;

    public string Description => real.Description;

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return new ListingPage(corpus.Texts.ContainsKey(document) ? [Listed()] : [], null);
    }

    public ValueTask<DocumentContent> OpenAsync(ListedDocument listed, CancellationToken cancellationToken) =>
        new(new DocumentContent(corpus.UriOf(document), new MemoryStream(Encoding.UTF8.GetBytes(corpus.Texts[document])), "text/plain", () => new(Listed())));

    private ListedDocument Listed() => new(corpus.UriOf(document), Version: corpus.VersionOf(document).ToString(CultureInfo.InvariantCulture));
}
