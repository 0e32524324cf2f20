using Sluice.Hosting.Text;

namespace Sluice.Hosting.Composition;

/// <summary>What a run would do that somebody should agree to first, as sentences: the same on the command line and in the API.</summary>
internal static class Consequences
{
    /// <summary>Documents are embedded again.</summary>
    /// <param name="documents">How many.</param>
    /// <returns>The sentence.</returns>
    public static string ReadAgain(long documents) =>
        $"Chunking or parsing changed since the last run: {CountText.Documents(documents, " is", " are")} read and embedded again.";
}
