using System.Runtime.CompilerServices;
using Sluice.Simulation.Tests.Scheduling;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Simulation.Tests.World;

/// <summary>A source whose every page and every opening waits for its turn, and may go wrong.</summary>
/// <param name="inner">The source.</param>
/// <param name="folder">What the URIs of its documents begin with, where it is a folder.</param>
/// <param name="owner">Who reads.</param>
/// <param name="board">Where calls wait.</param>
/// <param name="troubles">What is wrong.</param>
internal sealed class GatedSource(IDocumentSource inner, string folder, Owner owner, Switchboard board, Troubles troubles) : IDocumentSource
{
    /// <summary>Documents on a page: few, so that a walk has several.</summary>
    private const int PageSize = 3;

    public SourceScope Scope => inner.Scope;

    public string Description => inner.Description;

    public async IAsyncEnumerable<ListingPage> ListAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var pages = inner.ListAsync(cursor, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await board.CallAsync(owner, "source.List", "", _ => troubles.IsDown ? throw Down() : pages.MoveNextAsync().AsTask(), cancellationToken))
        {
            var left = pages.Current.Documents;
            while (left.Count > PageSize)
            {
                // A folder's cursor is the path of the last document.
                yield return new ListingPage([.. left.Take(PageSize)], left[PageSize - 1].Uri[folder.Length..], pages.Current.Complete);
                left = [.. left.Skip(PageSize)];
                await board.CallAsync(owner, "source.List", "", _ => troubles.IsDown ? throw Down() : Task.FromResult(true), cancellationToken);
            }

            yield return pages.Current with { Documents = left };
        }
    }

    public async ValueTask<DocumentContent> OpenAsync(ListedDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        return await board.CallAsync(
            owner,
            "source.Open",
            document.Uri,
            _ => troubles.IsDown ? throw Down() : troubles.OnOpen(document.Uri) is { } problem ? throw problem : inner.OpenAsync(document, cancellationToken).AsTask(),
            cancellationToken);
    }

    public async ValueTask<RootCheck> CheckRootAsync(string? root, CancellationToken cancellationToken) => await board.CallAsync(
        owner,
        "source.CheckRoot",
        "",
        _ => troubles.IsDown ? Task.FromResult(RootCheck.Away("the source does not answer")) : inner.CheckRootAsync(root, cancellationToken).AsTask(),
        cancellationToken);

    private static TransientException Down() => new("the source does not answer");
}
