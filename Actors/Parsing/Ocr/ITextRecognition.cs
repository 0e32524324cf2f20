using Sluice.Actors.Parsing.Images;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>Reads pictures of pages: with networks of this process, or by asking the one that has them. Safe for concurrent use.</summary>
internal interface ITextRecognition
{
    /// <summary>What is missing and what to do; null when pages can be read.</summary>
    string? Problem { get; }

    /// <summary>Draws and reads a page when it is its turn: pictures that wait are not in memory.</summary>
    /// <param name="draw">Draws it.</param>
    /// <param name="cancellationToken">Ends waiting, drawing and reading.</param>
    /// <returns>The page.</returns>
    /// <exception cref="Streams.Failures.DocumentRejectedException">It cannot be drawn.</exception>
    /// <exception cref="Streams.Failures.ModelException">A network cannot be used.</exception>
    Task<RecognizedPage> ReadAsync(Func<CancellationToken, Task<RasterImage>> draw, CancellationToken cancellationToken);
}
