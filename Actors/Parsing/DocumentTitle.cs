using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing;

/// <summary>Makes the title section of formats that carry metadata.</summary>
internal static class DocumentTitle
{
    /// <summary>The title section: the given title, or the file's name when there is only metadata; null when there is neither.</summary>
    /// <param name="title">The title the document gives itself.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="fileName">The file's name.</param>
    /// <returns>The section, or null.</returns>
    public static Section? Make(string? title, Dictionary<string, string> metadata, string fileName)
    {
        title = title?.Trim();
        if (string.IsNullOrEmpty(title))
        {
            if (metadata.Count == 0)
            {
                return null;
            }

            title = Path.GetFileNameWithoutExtension(fileName);
        }

        return SectionBuilder.Title(title, metadata.Count == 0 ? null : metadata);
    }
}
