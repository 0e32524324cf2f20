using System.Text;
using Sluice.Actors.Chunking;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Vectors;
using Sluice.TestKit.Tokenizers;

namespace Sluice.Actors.Tests.Chunking;

/// <summary>Builds documents section by section, as a parser would, and chunks them.</summary>
internal sealed class Documents
{
    private readonly List<Section> _sections = [];
    private readonly StringBuilder _text = new();
    private IReadOnlyList<string> _path = [];
    private int _line = 1;

    public static readonly DocumentId Id = DocumentId.FromUri("file:///tests/document.md");

    public IReadOnlyList<Section> Sections => _sections;

    /// <summary>The extracted text that places count in: sections with one character between them.</summary>
    public string Text => _text.ToString();

    public static EmbeddingModelInfo Model(int maxTokens, string prompt = "") =>
        new("test", "test/1", EmbeddingKind.Dense, 8, maxTokens, Distance.Cosine) { DocumentPrompt = prompt };

    public static IChunker Chunker(ChunkingOptions options, int maxTokens = 512, string prompt = "") =>
        Chunkers.Create(options, new PieceTokenizer(), Model(maxTokens, prompt));

    public static List<Chunk> Chunk(IEnumerable<Section> sections, ChunkingOptions options, int maxTokens = 512)
    {
        var session = Chunker(options, maxTokens).Begin(Id);
        var chunks = new List<Chunk>();
        foreach (var section in sections)
        {
            session.Add(section, chunks);
        }

        session.Complete(chunks);
        return chunks;
    }

    public List<Chunk> Chunk(ChunkingOptions options, int maxTokens = 512) => Chunk(_sections, options, maxTokens);

    public Documents Title(string title, IReadOnlyDictionary<string, string>? metadata = null)
    {
        _sections.Add(new Section(SectionKind.Title, title, new Place(0, 0)) { Metadata = metadata });
        return this;
    }

    public Documents Heading(int level, string text)
    {
        var above = _path.Take(level - 1).ToArray();
        _path = above;
        Add(SectionKind.Heading, text);
        _path = [.. above, text.Trim()];
        return this;
    }

    public Documents Paragraph(string text) => Add(SectionKind.Paragraph, text);

    public Documents Code(string text) => Add(SectionKind.Code, text);

    public Documents Item(string text) => Add(SectionKind.ListItem, text);

    public Documents Row(string header, string text) => Add(SectionKind.TableRow, text, header);

    public Documents Add(
        SectionKind kind,
        string text,
        string? header = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        bool continues = false)
    {
        if (_text.Length > 0 && !continues)
        {
            _text.Append('\n');
            _line++;
        }

        var start = _text.Length;
        _text.Append(text);
        _sections.Add(new Section(kind, text, new Place(start, _text.Length) { Line = _line })
        {
            HeadingPath = _path,
            TableHeader = header,
            Metadata = metadata,
            Continues = continues,
        });
        _line += text.Count(static character => character == '\n');
        return this;
    }
}
