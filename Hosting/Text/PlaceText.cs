using System.Globalization;
using System.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Documents;

namespace Sluice.Hosting.Text;

/// <summary>Says where something stands, so that a person finds it.</summary>
internal static class PlaceText
{
    /// <summary>A document's place: its path, relative to the working directory where it is below it, or its URI without secrets.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <param name="workingDirectory">The working directory.</param>
    /// <returns>The place.</returns>
    public static string OfDocument(string uri, string workingDirectory)
    {
        if (!Uri.TryCreate(uri, UriKind.Absolute, out var parsed) || !parsed.IsFile)
        {
            return OneLine(Secrets.Redact(uri));
        }

        var path = Uri.UnescapeDataString(parsed.AbsolutePath);
        var prefix = workingDirectory.EndsWith('/') ? workingDirectory : workingDirectory + '/';
        path = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
        return OneLine(path.Length == 0 ? "." : path);
    }

    /// <summary>The place of a piece of a document: <c>path:12</c>, <c>path p. 3</c>, <c>path row 7</c>, <c>path#anchor</c>.</summary>
    /// <param name="uri">The document's URI.</param>
    /// <param name="place">Where in the document.</param>
    /// <param name="workingDirectory">The working directory.</param>
    /// <returns>The place.</returns>
    public static string OfPiece(string uri, Place place, string workingDirectory)
    {
        var document = OfDocument(uri, workingDirectory);
        var part = place.Part is { Length: > 0 } name ? $" [{OneLine(name)}]" : "";
        var point = place switch
        {
            { Page: { } page } => string.Create(CultureInfo.InvariantCulture, $" p. {page}"),
            { Anchor: { Length: > 0 } anchor } => $"#{OneLine(anchor)}",
            { Line: { } line } => string.Create(CultureInfo.InvariantCulture, $":{line}"),
            { Row: { } row } => string.Create(CultureInfo.InvariantCulture, $" row {row}"),
            _ => "",
        };
        return document + part + point;
    }

    /// <summary>A text in one line: white space becomes single spaces, control characters and marks of direction go.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The line.</returns>
    public static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (char.IsWhiteSpace(character))
            {
                if (line.Length > 0 && line[^1] != ' ')
                {
                    line.Append(' ');
                }
            }
            else if (!char.IsControl(character) && !IsDirectionMark(character))
            {
                line.Append(character);
            }
        }

        return line.ToString().TrimEnd();
    }

    private static bool IsDirectionMark(char character) =>
        character is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
