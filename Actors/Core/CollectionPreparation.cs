using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Core;

/// <summary>
/// Finds out, before a run, whether its collection is there. What the ledger knows of a collection that is gone is void and is forgotten; since that means to read and embed
/// everything again, it is never done on one answer: the sink is asked twice, with a pause between, and the ledger refuses when a walk has begun since.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="time">The clock of the pause.</param>
public sealed class CollectionPreparation(ILedger ledger, TimeProvider time)
{
    /// <summary>Between the two questions: long enough for a proxy or a server that starts to come to itself.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>Told, in words, when what the ledger knew is forgotten.</summary>
    public Action<string> Told { get; init; } = static _ => { };

    /// <summary>Who is filling the collection at this moment, in words; null for nobody. While somebody is, nothing is forgotten.</summary>
    public Func<string?> Filling { get; init; } = static () => null;

    /// <summary>Describes the collection; where it is gone, the ledger has forgotten it afterwards.</summary>
    /// <param name="sink">The sink.</param>
    /// <param name="cancellationToken">Gives up; nothing is forgotten then.</param>
    /// <returns>The collection; null when there is none.</returns>
    /// <exception cref="TransientException">The sink cannot be asked, or another run has begun to fill it meanwhile: to be tried again.</exception>
    public async Task<CollectionInfo?> FindAsync(IVectorSink sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var epoch = await ledger.GetEpochAsync(sink.Name, cancellationToken).ConfigureAwait(false);
        if (await sink.DescribeAsync(cancellationToken).ConfigureAwait(false) is { } collection)
        {
            return collection;
        }

        if (Filling() is { } other)
        {
            throw new TransientException($"{sink.Name} says that it has no collection, while {other} is filling it");
        }

        if ((await ledger.ListDocumentsAsync(sink.Name, null, 1, cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            if (await sink.DescribeAsync(cancellationToken).ConfigureAwait(false) is { } after)
            {
                return after;
            }

            Told($"{sink.Name} has no collection any more, and the ledger knows documents of it: everything is read and embedded again");
        }

        return await ledger.ForgetSinkAsync(sink.Name, epoch, cancellationToken).ConfigureAwait(false)
            ? null
            : throw new TransientException($"{sink.Name} has no collection, and another run has begun to fill it just now");
    }
}
