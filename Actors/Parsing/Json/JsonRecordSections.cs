using System.Text;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Json;

/// <summary>
/// Makes sections of a record. One with a text of its own (<c>text</c>, <c>content</c>, <c>body</c>) becomes that text below its title, with the short other values as
/// metadata; any other becomes lines of <c>name: value</c>.
/// </summary>
internal static class JsonRecordSections
{
    private const int MetadataLength = 256;
    private const int MetadataCount = 32;
    private static readonly string[] _texts = ["text", "content", "body", "page_content", "passage", "article", "document"];
    private static readonly string[] _titles = ["title", "headline", "subject", "name"];

    /// <summary>Makes the sections of a whole record.</summary>
    /// <param name="builder">Makes them.</param>
    /// <param name="record">The record.</param>
    /// <param name="at">Its place.</param>
    /// <param name="level">Level of the heading that its title becomes.</param>
    public static IEnumerable<Section> Of(SectionBuilder builder, JsonPairs record, Place at, int level)
    {
        builder.CloseHeadings(level);
        var pairs = record.Pairs;
        var text = record.IsObject ? Find(pairs, _texts) : -1;
        if (text < 0)
        {
            return Lines(builder, pairs, at);
        }

        var sections = new List<Section>();
        var title = Find(pairs, _titles);
        title = title >= 0 && pairs[title].Value.Length <= MetadataLength ? title : -1;
        var metadata = Metadata(pairs, text, title);
        if (title >= 0)
        {
            sections.AddRange(builder.Heading(level, pairs[title].Value, at));
        }

        foreach (var paragraph in pairs[text].Value.Split("\n\n"))
        {
            sections.AddRange(builder.Add(SectionKind.Paragraph, paragraph.Trim(), at, metadata: metadata));
        }

        foreach (var (path, value) in pairs.Where((pair, index) => index != text && index != title && metadata?.ContainsKey(pair.Path) != true))
        {
            sections.AddRange(builder.Add(SectionKind.TableRow, $"{path}: {value}", at));
        }

        builder.CloseHeadings(level);
        return sections.ConvertAll(section => section with { Place = section.Place with { Line = at.Line } });
    }

    /// <summary>Makes lines of <c>name: value</c> of a record, or of a part of one.</summary>
    public static IEnumerable<Section> Lines(SectionBuilder builder, List<(string Path, string Value)> pairs, Place at, bool continues = false)
    {
        var lines = new StringBuilder();
        foreach (var (path, value) in pairs)
        {
            lines.Append(lines.Length > 0 ? "\n" : string.Empty).Append(path).Append(path.Length > 0 ? ": " : string.Empty).Append(value);
        }

        foreach (var section in builder.Add(SectionKind.TableRow, lines.ToString(), at, continues: continues))
        {
            yield return section with { Place = section.Place with { Line = at.Line } };
        }
    }

    private static int Find(List<(string Path, string Value)> pairs, string[] names)
    {
        foreach (var name in names)
        {
            var index = pairs.FindIndex(pair => pair.Path.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (index >= 0)
            {
                return index;
            }
        }

        return -1;
    }

    private static Dictionary<string, string>? Metadata(List<(string Path, string Value)> pairs, int text, int title)
    {
        Dictionary<string, string>? metadata = null;
        for (var index = 0; index < pairs.Count; index++)
        {
            var (path, value) = pairs[index];
            if (index != text && index != title && value.Length <= MetadataLength && path.Length > 0 && (metadata?.Count ?? 0) < MetadataCount)
            {
                metadata ??= new Dictionary<string, string>(StringComparer.Ordinal);
                metadata.TryAdd(path, value);
            }
        }

        return metadata;
    }
}
