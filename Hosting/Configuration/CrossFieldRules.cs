using Sluice.Actors.Core;
using Sluice.Actors.Parsing;

namespace Sluice.Hosting.Configuration;

/// <summary>What must hold between settings of different keys or rooms.</summary>
internal static class CrossFieldRules
{
    /// <summary>All rules; each yields what is wrong, without a full stop.</summary>
    public static IReadOnlyList<Func<SluiceSettings, IEnumerable<string>>> All { get; } = [DocumentLimits, RetryDelays];

    private static IEnumerable<string> DocumentLimits(SluiceSettings settings)
    {
        var parsing = settings.Get<ParsingOptions>();
        if (parsing.MaxWholeDocumentBytes > parsing.MaxDocumentBytes)
        {
            yield return $"sluice.parsing.max-whole-document-bytes = {ByteSize.Format(parsing.MaxWholeDocumentBytes)} is above "
                + $"sluice.parsing.max-document-bytes = {ByteSize.Format(parsing.MaxDocumentBytes)}; lower the first or raise the second";
        }
    }

    private static IEnumerable<string> RetryDelays(SluiceSettings settings)
    {
        var pipeline = settings.Get<PipelineOptions>();
        if (pipeline.RetryDelay > pipeline.MaxRetryDelay)
        {
            yield return $"sluice.pipeline.retry-delay = {DurationText.Format(pipeline.RetryDelay)} is above "
                + $"sluice.pipeline.max-retry-delay = {DurationText.Format(pipeline.MaxRetryDelay)}; lower the first or raise the second";
        }
    }
}
