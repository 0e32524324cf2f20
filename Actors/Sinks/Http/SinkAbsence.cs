using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// Tells "the database says that it has no such collection" from "something answered 404": a proxy without its backend, an ingress whose route is being changed, another server on the
/// port. On the first the ledger is emptied; the second is no answer.
/// </summary>
internal static class SinkAbsence
{
    /// <summary>Requires that an answer of 404 is the database's own.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="failures">Makes the exception.</param>
    /// <param name="words">What the database says then, and nobody else: any one of these.</param>
    /// <exception cref="TransientException">It is somebody else's.</exception>
    public static void Require(SinkResponse answer, SinkFailures failures, params ReadOnlySpan<string> words)
    {
        var said = answer.Text();
        foreach (var word in words)
        {
            if (said.Contains(word, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw Doubtful(failures, said);
    }

    /// <summary>An answer that is not the database's own.</summary>
    public static TransientException Doubtful(SinkFailures failures, string said) => failures.Busy(
        $"was asked for the collection and something answered 404 that does not speak as the database does (a proxy before it perhaps): {(said.Length > 0 ? said : "nothing")}");
}
