using Sluice.Hosting.Configuration;
using Sluice.Hosting.Http.Contract;
using Sluice.Hosting.Text;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Http;

/// <summary>Reads dead letters for the API.</summary>
internal static class DeadLetterPages
{
    private const int PageSize = 500;
    private const int MostCounted = 10_000;

    /// <summary>Reads a page, and counts.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="sink">Name of the database.</param>
    /// <param name="after">Last number of the page before.</param>
    /// <param name="limit">Most to return.</param>
    /// <param name="reason">Only these; null for all.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The page.</returns>
    public static async Task<DeadLetterPage> ReadAsync(ILedger ledger, string sink, long after, int limit, string? reason, CancellationToken cancellationToken)
    {
        var items = new List<DeadLetterView>();
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        long total = 0;
        long? next = null;
        var exact = true;
        await foreach (var letter in AllAsync(ledger, sink, cancellationToken).ConfigureAwait(false))
        {
            if (total >= MostCounted && (items.Count >= limit || next is not null))
            {
                exact = false;
                break;
            }

            total++;
            counts[letter.Reason] = counts.GetValueOrDefault(letter.Reason) + 1;
            if (letter.Id > after && (reason is null || letter.Reason == reason))
            {
                if (items.Count < limit)
                {
                    items.Add(View(letter));
                }
                else
                {
                    next ??= items[^1].Id;
                }
            }
        }

        return new DeadLetterPage(items, next, total, exact, [.. counts.OrderByDescending(static count => count.Value).ThenBy(static count => count.Key, StringComparer.Ordinal).Select(static count => new ReasonCount(count.Key, count.Value))]);
    }

    /// <summary>Counts them, as far as that is cheap.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="sink">Name of the database.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>How many; 10,000 for any more.</returns>
    public static async Task<long> CountAsync(ILedger ledger, string sink, CancellationToken cancellationToken)
    {
        long total = 0;
        await foreach (var _ in AllAsync(ledger, sink, cancellationToken).ConfigureAwait(false))
        {
            if (++total >= MostCounted)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>Finds the letters that a request means.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="sink">Name of the database.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The letters.</returns>
    public static async Task<IReadOnlyList<DeadLetter>> ChooseAsync(ILedger ledger, string sink, ReplayRequest request, CancellationToken cancellationToken)
    {
        var wanted = request.Letters?.ToHashSet();
        var chosen = new List<DeadLetter>();
        await foreach (var letter in AllAsync(ledger, sink, cancellationToken).ConfigureAwait(false))
        {
            if (request.All || (wanted?.Contains(letter.Id) ?? false) || (request.Reason is not null && letter.Reason == request.Reason))
            {
                chosen.Add(letter);
            }
        }

        return chosen;
    }

    private static async IAsyncEnumerable<DeadLetter> AllAsync(ILedger ledger, string sink, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long after = 0; ;)
        {
            var page = await ledger.ListDeadLettersAsync(sink, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var letter in page)
            {
                yield return letter;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Id;
        }
    }

    private static DeadLetterView View(DeadLetter letter) => new(
        letter.Id,
        Secrets.Redact(letter.Uri),
        letter.Place is { } place ? PlaceText.OfPiece(letter.Uri, place, "/nowhere") : PlaceText.OfDocument(letter.Uri, "/nowhere"),
        letter.Reason,
        Secrets.Redact(letter.Message),
        letter.Attempts,
        letter.At,
        letter.Chunk?.ToString(),
        letter.Excerpt,
        letter.KeptChunks);
}
