using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Text;

/// <summary>Reads a text to its end, for formats that must be held in memory.</summary>
internal static class WholeText
{
    /// <summary>Reads <paramref name="reader"/>.</summary>
    /// <exception cref="DocumentRejectedException">It is longer than <see cref="ParsingOptions.MaxWholeDocumentBytes"/>.</exception>
    public static async ValueTask<string> ReadAsync(TextReader reader, ParseInput input, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[32 * 1024];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            text.Append(buffer, 0, read);
            if (text.Length > input.Options.MaxWholeDocumentBytes)
            {
                throw new DocumentRejectedException(Rejection.Skip(
                    Reasons.TooLarge,
                    $"larger than {input.Options.MaxWholeDocumentBytes:N0} bytes, the limit for {input.MediaType}; raise sluice.parsing.max-whole-document-bytes to read it"));
            }
        }

        return text.ToString();
    }
}
