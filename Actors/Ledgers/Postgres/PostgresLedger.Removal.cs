using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Ledgers.Postgres;

internal sealed partial class PostgresLedger
{
    /// <summary>Most chunks that one transaction deletes, so that none takes long.</summary>
    private const int DeletePage = 20_000;

    /// <summary>Documents of a forgotten sink that are cleared at once, with their chunks.</summary>
    private const int ClearPage = 2_000;

    private const string DeleteChunkPage =
        """
        WITH gone AS (
          DELETE FROM ledger_chunks WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger_chunks WHERE document = ANY ($1) LIMIT $2)) RETURNING 1)
        SELECT count(*) FROM gone
        """;

    public async Task RemoveDocumentsAsync(string sink, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(documents);
        var ids = Sorted(documents);
        var numbers = await ReadAsync(
            batch => batch.Then($"SELECT unnest({NumbersOf2})", PostgresBatch.Of(sink), PostgresBatch.Of(ids)),
            static row => row.GetInt64(0),
            cancellationToken).ConfigureAwait(false);
        if (numbers.Count > 0)
        {
            await RemoveAsync([.. numbers], cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task ForgetSinkAsync(string sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);

        // Without its name the sink is forgotten at once; what it leaves is cleared page by page, and by the next start if this one is killed.
        await ExecuteAsync(batch => batch.Then("UPDATE ledger_sinks SET name = NULL WHERE name = $1", PostgresBatch.Of(sink)), cancellationToken).ConfigureAwait(false);
        await ClearForgottenAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ClearForgottenAsync(CancellationToken cancellationToken)
    {
        var sinks = await ReadAsync(
            static batch => batch.Then("SELECT num FROM ledger_sinks WHERE name IS NULL ORDER BY num"), static row => row.GetInt32(0), cancellationToken).ConfigureAwait(false);
        foreach (var sink in sinks)
        {
            IReadOnlyList<long> numbers;
            while ((numbers = await ReadAsync(
                batch => batch.Then($"SELECT num FROM ledger_documents WHERE sink = $1 ORDER BY id LIMIT {ClearPage}", PostgresBatch.Of(sink)),
                static row => row.GetInt64(0),
                cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                await RemoveAsync([.. numbers], cancellationToken).ConfigureAwait(false);
            }

            await ExecuteAsync(
                batch => batch
                    .Then("DELETE FROM ledger_walks WHERE sink = $1", PostgresBatch.Of(sink))
                    .Then("DELETE FROM ledger_sinks WHERE num = $1 AND name IS NULL", PostgresBatch.Of(sink)),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes documents with all that belongs to them: chunks in pages, then the rest in one transaction, with chunks that came meanwhile.</summary>
    private async Task RemoveAsync(long[] documents, CancellationToken cancellationToken)
    {
        Array.Sort(documents);
        while ((await ReadAsync(
            batch => batch.Then(DeleteChunkPage, PostgresBatch.Of(documents), PostgresBatch.Of(DeletePage)), static row => row.GetInt64(0), cancellationToken)
            .ConfigureAwait(false))[0] >= DeletePage)
        {
        }

        await ExecuteAsync(
            batch => batch
                .Then("SELECT FROM ledger_documents WHERE num = ANY ($1) ORDER BY num FOR UPDATE", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_chunks WHERE document = ANY ($1)", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_dead_letters WHERE document = ANY ($1)", PostgresBatch.Of(documents))
                .Then("DELETE FROM ledger_documents WHERE num = ANY ($1)", PostgresBatch.Of(documents)),
            cancellationToken).ConfigureAwait(false);
    }
}
