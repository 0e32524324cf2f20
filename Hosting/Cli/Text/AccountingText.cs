using System.Globalization;
using Sluice.Hosting.Composition;
using Sluice.Hosting.Configuration;
using Sluice.Hosting.Text;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Text;

/// <summary>The accounting in words.</summary>
internal static class AccountingText
{
    /// <summary>The line that ends every run.</summary>
    /// <param name="accounting">The counts.</param>
    /// <returns><c>discovered 12 = indexed 9 + unchanged 0 + skipped 2 (empty 2) + dead 1 (corrupt 1)</c>; and pending, where there are some.</returns>
    public static string Line(Accounting accounting)
    {
        var pending = accounting.Pending > 0 ? Invariant($" + pending {accounting.Pending:N0}") : "";
        return Invariant($"discovered {accounting.Discovered:N0} = indexed {accounting.Indexed:N0} + unchanged {accounting.Unchanged:N0}")
            + $" + skipped {Reasons(accounting.Skipped)} + dead {Reasons(accounting.Dead)}{pending}"
            + (accounting.Removed > 0 ? Invariant($"; removed {accounting.Removed:N0}") : "");
    }

    /// <summary>What the surroundings did to documents.</summary>
    /// <param name="accounting">The counts.</param>
    /// <returns>A sentence; null where they did nothing.</returns>
    public static string? Surroundings(Accounting accounting) => (accounting.ToTryAgain, accounting.Kept) switch
    {
        (0, 0) => null,
        (0, var kept) => $"{CountText.Documents(kept)} could not be read as they are now; their earlier text is kept until `sluice dead drop` gives it up.",
        (var again, 0) => $"{CountText.Documents(again)} could not be read now and {(again == 1 ? "is" : "are")} tried again by the next run.",
        (var again, _) => $"{CountText.Documents(again)} could not be read now; their earlier text is kept and they are tried again by the next run.",
    };

    /// <summary>What else is worth a line at the end of a run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="peakMemoryBytes">Largest resident set.</param>
    /// <returns>The line.</returns>
    public static string Summary(IngestionResult result, long peakMemoryBytes)
    {
        var seconds = Math.Max(result.Elapsed.TotalSeconds, 0.001);
        var waste = result.PaddedTokens == 0 ? 0 : 100.0 * (result.PaddedTokens - result.Tokens) / result.PaddedTokens;
        var removed = result.Removed > 0 ? "; removed " + CountText.Documents(result.Removed, " that is gone", " that are gone") : "";
        return Invariant($"chunks: embedded {result.ChunksEmbedded:N0}, reused {result.ChunksReused:N0}, deleted {result.ChunksDeleted:N0}; ")
            + Invariant($"tokens {result.Tokens:N0} ({result.Tokens / seconds:N0}/s, padding {waste:0.0} %); ")
            + $"{DurationText.Humanize(result.Elapsed)}, peak memory {ByteSize.Humanize(peakMemoryBytes)}{removed}";
    }

    private static string Reasons(IReadOnlyDictionary<string, long> counts)
    {
        var total = counts.Values.Sum().ToString("N0", CultureInfo.InvariantCulture);
        var reasons = counts.Where(static entry => entry.Value > 0)
            .OrderByDescending(static entry => entry.Value).ThenBy(static entry => entry.Key, StringComparer.Ordinal)
            .Select(static entry => Invariant($"{entry.Key} {entry.Value:N0}"));
        var text = string.Join(", ", reasons);
        return text.Length == 0 ? total : $"{total} ({text})";
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
