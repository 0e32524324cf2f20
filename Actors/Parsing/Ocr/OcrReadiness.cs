using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>Tells whether text in pictures can be recognised on this machine.</summary>
public static class OcrReadiness
{
    /// <summary>Looks for the models and for poppler; loads and starts nothing.</summary>
    /// <param name="options">The settings.</param>
    /// <returns>What is missing and what to do, one sentence for each thing; empty when nothing is, or recognition is off.</returns>
    public static IReadOnlyList<string> Problems(OcrOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Mode == OcrMode.Off ? [] : [.. Missing(options)];
    }

    private static IEnumerable<string> Missing(OcrOptions options)
    {
        if (!Poppler.IsInstalled)
        {
            yield return Poppler.Missing;
        }

        if (OcrModels.Locate(options.Models).Problem is { } models)
        {
            yield return models;
        }
    }
}
