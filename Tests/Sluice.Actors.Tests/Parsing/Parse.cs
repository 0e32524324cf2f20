using System.Text;
using Sluice.Actors.Parsing;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Tests.Parsing;

/// <summary>Parses as the pipeline does.</summary>
internal static class Parse
{
    public static async Task<List<Section>> StreamAsync(Stream stream, string name, ParsingOptions? options = null, string? mediaType = null)
    {
        var content = new DocumentContent($"file:///corpus/{Uri.EscapeDataString(name)}", stream, mediaType);
        await using (content)
        {
            var sections = new List<Section>();
            await foreach (var section in new DocumentParsers(options ?? new ParsingOptions(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
            {
                sections.Add(section);
            }

            return sections;
        }
    }

    public static Task<List<Section>> BytesAsync(byte[] bytes, string name, ParsingOptions? options = null, string? mediaType = null) =>
        StreamAsync(new MemoryStream(bytes), name, options, mediaType);

    public static Task<List<Section>> TextAsync(string text, string name, ParsingOptions? options = null) => BytesAsync(Encoding.UTF8.GetBytes(text), name, options);

    /// <summary>Kind and text of each section, one a line, for comparing.</summary>
    public static string[] Shape(this IEnumerable<Section> sections) => [.. sections.Select(static section => $"{section.Kind}: {section.Text}")];

    public static string Path(this Section section) => string.Join(" > ", section.HeadingPath);
}
