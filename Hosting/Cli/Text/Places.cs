using Sluice.Hosting.Text;
using Sluice.Streams.Documents;

namespace Sluice.Hosting.Cli.Text;

/// <summary>Says where something stands, so that a person finds it.</summary>
internal static class Places
{
    /// <summary>A document's place: its path, relative to the working directory where it is below it, or its URI.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <param name="workingDirectory">The working directory.</param>
    /// <returns>The place.</returns>
    public static string OfDocument(string uri, string workingDirectory) => PlaceText.OfDocument(uri, workingDirectory);

    /// <summary>The place of a piece of a document: <c>path:12</c>, <c>path p. 3</c>, <c>path row 7</c>, <c>path#anchor</c>.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <param name="place">Where in the document.</param>
    /// <param name="workingDirectory">The working directory.</param>
    /// <returns>The place.</returns>
    public static string OfPiece(string uri, Place place, string workingDirectory) => PlaceText.OfPiece(uri, place, workingDirectory);
}
